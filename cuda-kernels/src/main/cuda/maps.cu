// Pooling and resizing of NHWC maps: a thread per element, channels fastest, so that neighbours read neighbours.
#include "common.cuh"

// out, argmax [n, rows, columns, channels] = the largest of each window and its y * width + x; the first among equals.
extern "C" __global__ void maxPool2d(
    const float* x, int height, int width, int channels, int rows, int columns, int kernel, int stride, int padding,
    float* out, int* argmax, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    int channel = (int) (i % channels);
    int left = (int) (i / channels % columns) * stride - padding;
    int top = (int) (i / channels / columns % rows) * stride - padding;
    const float* image = x + i / channels / columns / rows * height * width * channels + channel;
    float largest = -INFINITY;
    int winner = -1;
    for (int y = max(top, 0); y < min(top + kernel, height); y++) {
      for (int column = max(left, 0); column < min(left + kernel, width); column++) {
        float value = image[((long) y * width + column) * channels];
        if (winner < 0 || value > largest || value != value) {
          largest = value;
          winner = y * width + column;
        }
      }
    }
    out[i] = largest;
    if (argmax) {
      argmax[i] = winner;
    }
  }
}

// gradX[n, pixels, channels] += gradOut[n, windows, channels] at its winner; gradX is zero before. Windows overlap, so
// several may name the same pixel: their additions are atomic.
extern "C" __global__ void maxPool2dBackward(
    const float* gradOut, const int* argmax, int windows, int pixels, int channels, float* gradX, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long image = i / channels / windows;
    atomicAdd(&gradX[(image * pixels + argmax[i]) * channels + i % channels], gradOut[i]);
  }
}

// Where output i reads: pixel centres are at halves, or corner centres coincide.
__device__ __forceinline__ float source(int i, int input, int output, int alignCorners) {
  if (alignCorners) {
    return output > 1 ? i * ((float) (input - 1) / (output - 1)) : 0.0f;
  }
  return fmaxf(0.0f, (i + 0.5f) * ((float) input / output) - 0.5f);
}

// out[n, rows, columns, channels] from x[n, height, width, channels]
extern "C" __global__ void resizeBilinear(
    const float* x, int height, int width, int channels, int rows, int columns, int alignCorners, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    float px = source((int) (i / channels % columns), width, columns, alignCorners);
    float py = source((int) (i / channels / columns % rows), height, rows, alignCorners);
    int x0 = min((int) px, width - 1);
    int y0 = min((int) py, height - 1);
    int x1 = min(x0 + 1, width - 1);
    int y1 = min(y0 + 1, height - 1);
    float fx = px - x0;
    float fy = py - y0;
    const float* image = x + i / channels / columns / rows * height * width * channels + i % channels;
    float top = (1 - fx) * image[((long) y0 * width + x0) * channels] + fx * image[((long) y0 * width + x1) * channels];
    float low = (1 - fx) * image[((long) y1 * width + x0) * channels] + fx * image[((long) y1 * width + x1) * channels];
    out[i] = (1 - fy) * top + fy * low;
  }
}

// How much output i reads of input pixel `at` along one axis.
__device__ __forceinline__ float share(int i, int at, int input, int output, int alignCorners) {
  float p = source(i, input, output, alignCorners);
  int low = min((int) p, input - 1);
  int high = min(low + 1, input - 1);
  float f = p - low;
  return (low == at ? 1 - f : 0.0f) + (high == at ? f : 0.0f);
}

// The outputs that can read input pixel `at` lie in [first, end): the inverse of `source`, one to spare on either side.
__device__ __forceinline__ void readers(int at, int input, int output, int alignCorners, int* first, int* end) {
  float scale = alignCorners
      ? (input > 1 ? (float) (output - 1) / (input - 1) : (float) output)
      : (float) output / input;
  float shift = alignCorners ? 0.0f : 0.5f;
  *first = at == 0 ? 0 : max(0, (int) floorf((at - 1 + shift) * scale - shift) - 1);
  *end = at == input - 1 ? output : min(output, (int) ceilf((at + 1 + shift) * scale - shift) + 2);
}

// gradX[n, height, width, channels]: each pixel collects from its readers, so nothing is written twice.
extern "C" __global__ void resizeBilinearBackward(
    const float* gradOut, int height, int width, int channels, int rows, int columns, int alignCorners, float* gradX,
    int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    int px = (int) (i / channels % width);
    int py = (int) (i / channels / width % height);
    const float* image = gradOut + i / channels / width / height * rows * columns * channels + i % channels;
    int left, right, top, bottom;
    readers(px, width, columns, alignCorners, &left, &right);
    readers(py, height, rows, alignCorners, &top, &bottom);
    float sum = 0;
    for (int row = top; row < bottom; row++) {
      float fy = share(row, py, height, rows, alignCorners);
      for (int column = left; column < right; column++) {
        float fx = share(column, px, width, columns, alignCorners);
        sum += fy * fx * image[((long) row * columns + column) * channels];
      }
    }
    gradX[i] = sum;
  }
}
