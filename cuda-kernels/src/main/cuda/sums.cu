// Sums, in two steps whose order depends on the shapes alone: chunks of rows to partial sums, then these to one.
// A thread adds at most 64 floats before they join its double, so that long sums keep their digits.
#include "common.cuh"

#define FLOAT_TERMS 64
#define COLUMNS 32
#define ROW_THREADS 8

// partial[outer, chunks, n] = sum over each chunk's rows of x[outer, rows, n].
// Grid (outer * ceil(n / 32), chunks), block (32, 8): a warp reads 32 neighbouring columns of one row, the eight warps
// take every eighth row, and meet in shared memory (padded by one so that the last step has no bank conflicts).
extern "C" __global__ void sumMiddle(const float* x, int rows, int n, int chunkRows, double* partial) {
  __shared__ double sums[ROW_THREADS][COLUMNS + 1];
  int columnBlocks = (n + COLUMNS - 1) / COLUMNS;
  long outer = blockIdx.x / columnBlocks;
  int column = blockIdx.x % columnBlocks * COLUMNS + threadIdx.x;
  int first = blockIdx.y * chunkRows;
  int end = min(rows, first + chunkRows);
  double sum = 0;
  if (column < n) {
    const float* base = x + outer * rows * n + column;
    int row = first + threadIdx.y;
    while (row < end) {
      float floats = 0;
      for (int term = 0; term < FLOAT_TERMS && row < end; term++, row += ROW_THREADS) {
        floats += base[(long) row * n];
      }
      sum += floats;
    }
  }
  sums[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0 && column < n) {
    for (int i = 1; i < ROW_THREADS; i++) {
      sum += sums[i][threadIdx.x];
    }
    partial[(outer * gridDim.y + blockIdx.y) * n + column] = sum;
  }
}

// partial[rows, chunks] = sum over each chunk of x[rows, n]: the same for n = 1 above, where neighbours are summed.
// Grid (rows, chunks), block 256.
extern "C" __global__ void sumRows(const float* x, int n, int chunkLength, int squared, double* partial) {
  __shared__ double warps[WARP];
  const float* row = x + (long) blockIdx.x * n;
  long first = (long) blockIdx.y * chunkLength;
  long end = min((long) n, first + chunkLength);
  double sum = 0;
  long i = first + threadIdx.x;
  while (i < end) {
    if (squared) {  // squares of floats are exact in double: the norm of all gradients needs its digits
      double value = row[i];
      sum += value * value;
      i += blockDim.x;
      continue;
    }
    float floats = 0;
    for (int term = 0; term < FLOAT_TERMS && i < end; term++, i += blockDim.x) {
      floats += row[i];
    }
    sum += floats;
  }
  sum = blockSum(sum, warps);
  if (threadIdx.x == 0) {
    partial[(long) blockIdx.x * gridDim.y + blockIdx.y] = sum;
  }
}

// out[outer, n] = sum over chunks of partial[outer, chunks, n]
extern "C" __global__ void sumPartials(const double* partial, int chunks, int n, float* out, int count) {
  for (long i = gridStart(); i < count; i += gridStep()) {
    const double* column = partial + i / n * chunks * n + i % n;
    double sum = 0;
    for (int chunk = 0; chunk < chunks; chunk++) {
      sum += column[(long) chunk * n];
    }
    out[i] = (float) sum;
  }
}

// sum[1] = sum of partial[n], by one block of 256.
extern "C" __global__ void __launch_bounds__(256) sumDoubles(const double* partial, int n, double* sum) {
  __shared__ double warps[WARP];
  double own = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    own += partial[i];
  }
  own = blockSum(own, warps);
  if (threadIdx.x == 0) {
    sum[0] = own;
  }
}

#define MAX_AXES 8

// Kept and summed axes of x with their strides in x, from the innermost outwards.
struct Axes {
  int keptRank;
  int keptDims[MAX_AXES];
  int keptStrides[MAX_AXES];
  int summedRank;
  int summedDims[MAX_AXES];
  int summedStrides[MAX_AXES];
};

// out[count] = sum of `terms` elements of x each, for kept and summed axes that alternate more often.
extern "C" __global__ void sumGeneral(const float* x, Axes axes, int terms, float* out, int count) {
  for (long i = gridStart(); i < count; i += gridStep()) {
    long base = 0;
    long rest = i;
    for (int axis = 0; axis < axes.keptRank; axis++) {
      base += rest % axes.keptDims[axis] * axes.keptStrides[axis];
      rest /= axes.keptDims[axis];
    }
    double sum = 0;
    for (int term = 0; term < terms; term++) {
      long at = base;
      int left = term;
      for (int axis = 0; axis < axes.summedRank; axis++) {
        at += (long) (left % axes.summedDims[axis]) * axes.summedStrides[axis];
        left /= axes.summedDims[axis];
      }
      sum += x[at];
    }
    out[i] = (float) sum;
  }
}
