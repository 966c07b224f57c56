// Copies that reorder, cut, collect and distribute.
#include "common.cuh"

#define MAX_AXES 8
#define TILE 32
#define TILE_ROWS 8

// Axes of the output from the innermost outwards, with their strides in the input.
struct Axes {
  int rank;
  int dims[MAX_AXES];
  int strides[MAX_AXES];
};

// out[n]: writes are neighbours, reads follow the strides.
extern "C" __global__ void permute(const float* x, Axes axes, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long rest = i;
    long at = 0;
    for (int axis = 0; axis < axes.rank; axis++) {
      at += rest % axes.dims[axis] * axes.strides[axis];
      rest /= axes.dims[axis];
    }
    out[i] = x[at];
  }
}

// out[batch, columns, rows] = x[batch, rows, columns] transposed: the permutation between channels first and last.
// Grid (batch * ceil(columns / 32) * ceil(rows / 32)), block (32, 8). A tile is read by rows and written by columns, both
// as whole lines, because the turn happens in shared memory; its padding column spares bank conflicts.
extern "C" __global__ void transpose(const float* x, int rows, int columns, float* out) {
  __shared__ float tile[TILE][TILE + 1];
  int across = (columns + TILE - 1) / TILE;
  int down = (rows + TILE - 1) / TILE;
  long base = (long) (blockIdx.x / (across * down)) * rows * columns;
  int left = blockIdx.x % across * TILE;
  int top = (int) (blockIdx.x / across % down) * TILE;
  int column = left + threadIdx.x;
  for (int i = threadIdx.y; i < TILE; i += TILE_ROWS) {
    int row = top + i;
    if (row < rows && column < columns) {
      tile[i][threadIdx.x] = x[base + (long) row * columns + column];
    }
  }
  __syncthreads();
  int row = top + threadIdx.x;
  for (int i = threadIdx.y; i < TILE; i += TILE_ROWS) {
    column = left + i;
    if (row < rows && column < columns) {
      out[base + (long) column * rows + row] = tile[threadIdx.x][i];
    }
  }
}

// out[outer, to.., inner] = or += x[outer, from.., inner]. Lengths and starts are extents along the axis times inner:
// length of the block, xLength and outLength of a whole outer entry. n = outer * length.
extern "C" __global__ void block(
    const float* x, int xLength, int from, float* out, int outLength, int to, int length, int add, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long outer = i / length;
    long inside = i % length;
    float value = x[outer * xLength + from + inside];
    float* target = out + outer * outLength + to + inside;
    *target = add ? *target + value : value;
  }
}

// out[b, i, c] = x[b, indices[b, i], c]; x has `rows` rows a batch entry, n = B * k * channels.
// A wrong index ends the launch with an error, as reading beside the tensor would go unseen.
extern "C" __global__ void gatherRows(
    const float* x, const int* indices, int rows, int k, int channels, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long row = i / channels;
    int index = indices[row];
    if (index < 0 || index >= rows) {
      __trap();
    }
    out[i] = x[(row / k * rows + index) * channels + i % channels];
  }
}

// out[b, indices[b, i], c] += x[b, i, c] in the order of i, n = B * k * channels.
//
// No atomics, so that the same input gives the same bits: the thread of an index's first occurrence in i adds all of its
// occurrences, the others do nothing. The search costs k comparisons a thread, of indices that all threads share.
extern "C" __global__ void scatterAddRows(
    const float* x, const int* indices, int rows, int k, int channels, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long row = i / channels;
    int channel = (int) (i % channels);
    const int* own = indices + row / k * k;
    int position = (int) (row % k);
    int index = own[position];
    if (index < 0 || index >= rows) {
      __trap();
    }
    int first = 0;
    while (own[first] != index) {
      first++;
    }
    if (first == position) {
      float* target = out + (row / k * rows + index) * channels + channel;
      float sum = *target;
      for (int j = position; j < k; j++) {
        if (own[j] == index) {
          sum += x[(row / k * k + j) * channels + channel];
        }
      }
      *target = sum;
    }
  }
}
