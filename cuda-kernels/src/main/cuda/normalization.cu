// Layer and group normalisation: xhat = (x - mean) / sqrt(var + eps), out = xhat weight + bias.
//
// Both normalise sets of elements: a row of C for layer normalisation; for group normalisation the `size` neighbouring
// channels of a group at all `positions` of an image. Element i of set s is at
//   setBase(s) + i / size * C + i % size.
// The variance is summed from deviations in a second pass: one pass of x and x^2 loses its digits when the mean is large.
#include "common.cuh"

// Where set s starts: image s / groups, group s % groups. Layer normalisation has one position and one group.
__device__ __forceinline__ long setBase(long s, int groups, int positions, int size) {
  return (s / groups * positions) * groups * size + s % groups * size;
}

// Grid: sets; block: a multiple of 32. mean and inverseStd [sets] are nullable.
extern "C" __global__ void normalize(
    const float* x, const float* weight, const float* bias, int groups, int positions, int size, float eps, int relu,
    float* out, float* mean, float* inverseStd) {
  __shared__ double warps[WARP];
  long base = setBase(blockIdx.x, groups, positions, size);
  int channels = groups * size;
  int firstChannel = (int) (blockIdx.x % groups) * size;
  long count = (long) positions * size;
  float sum = 0;
  for (long i = threadIdx.x; i < count; i += blockDim.x) {
    sum += x[base + i / size * channels + i % size];
  }
  float center = (float) (blockSum((double) sum, warps) / count);
  sum = 0;
  for (long i = threadIdx.x; i < count; i += blockDim.x) {
    float deviation = x[base + i / size * channels + i % size] - center;
    sum += deviation * deviation;
  }
  float inverse = (float) (1.0 / sqrt(blockSum((double) sum, warps) / count + eps));
  for (long i = threadIdx.x; i < count; i += blockDim.x) {
    long at = base + i / size * channels + i % size;
    int channel = firstChannel + (int) (i % size);
    float value = (x[at] - center) * inverse * weight[channel] + bias[channel];
    out[at] = relu && value < 0.0f ? 0.0f : value;
  }
  if (mean && threadIdx.x == 0) {
    mean[blockIdx.x] = center;
    inverseStd[blockIdx.x] = inverse;
  }
}

// gradX = inverseStd (h - mean(h) - xhat mean(h xhat)) with h = gradOut weight, means over the set.
// Grid: sets; block: a multiple of 32.
extern "C" __global__ void normalizeBackward(
    const float* gradOut, const float* x, const float* weight, const float* mean, const float* inverseStd, int groups,
    int positions, int size, float* gradX) {
  __shared__ double warps[WARP];
  long base = setBase(blockIdx.x, groups, positions, size);
  int channels = groups * size;
  int firstChannel = (int) (blockIdx.x % groups) * size;
  long count = (long) positions * size;
  float center = mean[blockIdx.x];
  float inverse = inverseStd[blockIdx.x];
  float sum = 0;
  float product = 0;
  for (long i = threadIdx.x; i < count; i += blockDim.x) {
    long at = base + i / size * channels + i % size;
    float h = gradOut[at] * weight[firstChannel + i % size];
    sum += h;
    product += h * (x[at] - center) * inverse;
  }
  float meanSum = (float) (blockSum((double) sum, warps) / count);
  float meanProduct = (float) (blockSum((double) product, warps) / count);
  for (long i = threadIdx.x; i < count; i += blockDim.x) {
    long at = base + i / size * channels + i % size;
    float h = gradOut[at] * weight[firstChannel + i % size];
    gradX[at] = inverse * (h - meanSum - (x[at] - center) * inverse * meanProduct);
  }
}

#define COLUMNS 32
#define ROW_THREADS 8
#define FLOAT_TERMS 64

// partialWeight, partialBias [chunks, C]: sums over each chunk's rows of gradOut xhat and gradOut, x seen as [rows, C].
// Row r belongs to image r / positions. Grid (ceil(C / 32), chunks), block (32, 8), as sumMiddle in sums.cu.
extern "C" __global__ void normalizeBackwardWeight(
    const float* gradOut, const float* x, const float* mean, const float* inverseStd, int rows, int groups,
    int positions, int size, int chunkRows, double* partialWeight, double* partialBias) {
  __shared__ double weights[ROW_THREADS][COLUMNS + 1];
  __shared__ double biases[ROW_THREADS][COLUMNS + 1];
  int channels = groups * size;
  int channel = blockIdx.x * COLUMNS + threadIdx.x;
  int first = blockIdx.y * chunkRows;
  int end = min(rows, first + chunkRows);
  double weightSum = 0;
  double biasSum = 0;
  if (channel < channels) {
    int group = channel / size;
    int row = first + threadIdx.y;
    while (row < end) {
      float weightFloats = 0;
      float biasFloats = 0;
      for (int term = 0; term < FLOAT_TERMS && row < end; term++, row += ROW_THREADS) {
        long at = (long) row * channels + channel;
        long set = (long) (row / positions) * groups + group;
        weightFloats += gradOut[at] * (x[at] - mean[set]) * inverseStd[set];
        biasFloats += gradOut[at];
      }
      weightSum += weightFloats;
      biasSum += biasFloats;
    }
  }
  weights[threadIdx.y][threadIdx.x] = weightSum;
  biases[threadIdx.y][threadIdx.x] = biasSum;
  __syncthreads();
  if (threadIdx.y == 0 && channel < channels) {
    for (int i = 1; i < ROW_THREADS; i++) {
      weightSum += weights[i][threadIdx.x];
      biasSum += biases[i][threadIdx.x];
    }
    partialWeight[(long) blockIdx.y * channels + channel] = weightSum;
    partialBias[(long) blockIdx.y * channels + channel] = biasSum;
  }
}
