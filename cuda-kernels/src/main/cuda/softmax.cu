// Softmax of rows and its gradient. A block takes a row; it stays in the cache between the passes over it.
#include "common.cuh"

// out[rows, n] = e^(x - max) / sum; a row that is all minus infinity gives NaN. Grid: rows; block: 128.
extern "C" __global__ void softmax(const float* x, int n, float* out) {
  __shared__ float warps[WARP];
  const float* row = x + (long) blockIdx.x * n;
  float* result = out + (long) blockIdx.x * n;
  float largest = -INFINITY;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    largest = fmaxf(largest, row[i]);
  }
  largest = blockMax(largest, warps);
  float sum = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    sum += expf(row[i] - largest);
  }
  sum = blockSum(sum, warps);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    result[i] = expf(row[i] - largest) / sum;  // each thread reads and writes its own places: out may be x
  }
}

// gradX = y (gradOut - sum(y gradOut)) for each row. Grid: rows; block: 128.
extern "C" __global__ void softmaxBackward(const float* y, const float* gradOut, int n, float* gradX) {
  __shared__ float warps[WARP];
  long base = (long) blockIdx.x * n;
  float dot = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    dot += y[base + i] * gradOut[base + i];
  }
  dot = blockSum(dot, warps);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    gradX[base + i] = y[base + i] * (gradOut[base + i] - dot);
  }
}
