// Convolution and its two gradients as implicit matrix products (tile.cuh): the matrix of windows has k*k times the
// elements of the map, so it is never stored; its elements are looked up as tiles of it are loaded (windows.cuh).
#include "tile.cuh"
#include "windows.cuh"

// out[n * rows * columns, outputs]: A = windows of x [M, k*k*inputs] with the input channel fastest, as it lies in x;
// B = the weight, looked up as [ky, kx, input] x output.
// Grid (ceil(M / 64), ceil(outputs / 64)), block 256.
extern "C" __global__ void __launch_bounds__(256) conv2d(
    const float* x, const float* weight, const float* bias, Geometry g, int relu, float* out) {
  int m = g.images * g.rows * g.columns;
  int m0 = blockIdx.x * TILE_M;
  int n0 = blockIdx.y * TILE_N;
  int taps = g.kernel * g.kernel;
  float sums[EACH][EACH] = {};
  multiplyTile<true, true>(
      m0, n0, 0, (long) taps * g.inputs,
      [=](int row, long p) {
        return row < m ? inWindow(x, g, row, (int) (p / g.inputs), (int) (p % g.inputs)) : 0.0f;
      },
      [=](long p, int output) {
        return output < g.outputs
            ? weight[((long) output * g.inputs + p % g.inputs) * taps + p / g.inputs]
            : 0.0f;
      },
      sums);
  storeTile(m0, n0, m, g.outputs, sums, [=](int row, int output, float sum) {
    float value = sum + (bias ? bias[output] : 0.0f);
    out[(long) row * g.outputs + output] = relu && value < 0.0f ? 0.0f : value;
  });
}

// gradX[n * height * width, inputs]: A = for each pixel and tap the gradient of the window that reads the pixel by that
// tap; B = the weight as [ky, kx, output] x input.
// Grid (ceil(M / 64), ceil(inputs / 64)), block 256.
extern "C" __global__ void __launch_bounds__(256) conv2dBackwardInput(
    const float* gradOut, const float* weight, Geometry g, float* gradX) {
  int m = g.images * g.height * g.width;
  int m0 = blockIdx.x * TILE_M;
  int n0 = blockIdx.y * TILE_N;
  int taps = g.kernel * g.kernel;
  float sums[EACH][EACH] = {};
  multiplyTile<true, false>(
      m0, n0, 0, (long) taps * g.outputs,
      [=](int pixel, long p) {
        return pixel < m ? ofReader(gradOut, g, pixel, (int) (p / g.outputs), (int) (p % g.outputs)) : 0.0f;
      },
      [=](long p, int input) {
        return input < g.inputs
            ? weight[(p % g.outputs * g.inputs + input) * taps + p / g.outputs]
            : 0.0f;
      },
      sums);
  storeTile(m0, n0, m, g.inputs, sums, [=](int pixel, int input, float sum) {
    gradX[(long) pixel * g.inputs + input] = sum;
  });
}

// partial[chunks, outputs, inputs*k*k], summed over the chunks afterwards: A = gradOut transposed, B = windows of x, and
// the product runs over all n * rows * columns windows. The result is small and the sum long, so the sum is cut into
// chunks that different blocks take; adding the partial results in order keeps the bits the same every time.
// Grid (ceil(inputs*k*k / 64), ceil(outputs / 64), chunks), block 256.
extern "C" __global__ void __launch_bounds__(256) conv2dBackwardWeight(
    const float* gradOut, const float* x, Geometry g, int chunkWindows, float* partial) {
  long windows = (long) g.images * g.rows * g.columns;
  long from = (long) blockIdx.z * chunkWindows;
  long end = min(windows, from + chunkWindows);
  int m0 = blockIdx.y * TILE_M;
  int n0 = blockIdx.x * TILE_N;
  int taps = g.kernel * g.kernel;
  int n = g.inputs * taps;
  float sums[EACH][EACH] = {};
  multiplyTile<false, false>(
      m0, n0, from, end,
      [=](int output, long window) {
        return output < g.outputs ? gradOut[window * g.outputs + output] : 0.0f;
      },
      [=](long window, int weight) {
        return weight < n ? inWindow(x, g, (int) window, weight % taps, weight / taps) : 0.0f;
      },
      sums);
  float* result = partial + (long) blockIdx.z * g.outputs * n;
  storeTile(m0, n0, g.outputs, n, sums, [=](int output, int weight, float sum) {
    result[(long) output * n + weight] = sum;
  });
}

// out[n] = sum over chunks of partial[chunks, n]
extern "C" __global__ void sumChunks(const float* partial, int chunks, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    float sum = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      sum += partial[(long) chunk * n + i];
    }
    out[i] = sum;
  }
}
