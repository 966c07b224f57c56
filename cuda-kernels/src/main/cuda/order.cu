// The largest elements of rows. An element and its index make one 64-bit key whose order is the wanted one: larger
// floats first (NaN the largest, as Float.compare has it), and the lower index first among equals. Keys of a row all
// differ, so the result is unique, however threads are scheduled.
#include "common.cuh"

typedef unsigned long long Key;

// Flipping the bits of negative floats, and the sign of the others, orders floats like unsigned integers.
__device__ __forceinline__ Key keyOf(float value, int index) {
  unsigned bits = value != value ? 0x7fc00000u : __float_as_uint(value);
  unsigned ordered = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return (Key) ordered << 32 | (unsigned) ~index;
}

__device__ __forceinline__ int indexOf(Key key) { return (int) ~(unsigned) key; }

// values[rows], indices[rows] = the largest of each x[rows, n] and where it is. Grid: rows; block: 128.
extern "C" __global__ void maxLast(const float* x, int n, float* values, int* indices) {
  __shared__ Key best[128];
  const float* row = x + (long) blockIdx.x * n;
  Key largest = 0;  // below every key of an element
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    Key key = keyOf(row[i], i);
    largest = key > largest ? key : largest;
  }
  best[threadIdx.x] = largest;
  __syncthreads();
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    if (threadIdx.x < half && best[threadIdx.x + half] > best[threadIdx.x]) {
      best[threadIdx.x] = best[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    int index = indexOf(best[0]);
    if (values) {
      values[blockIdx.x] = row[index];
    }
    if (indices) {
      indices[blockIdx.x] = index;
    }
  }
}

// selected[rows, k] = the k largest keys of each x[rows, n], in any order. Grid: rows; block: 256.
//
// Radix selection: eight rounds fix one byte of the k-th largest key each, from the top. A round counts the next byte of
// all keys that share the bytes fixed so far, then walks the counts from the largest byte down until k are reached.
extern "C" __global__ void selectLargest(const float* x, int n, int k, Key* selected) {
  __shared__ int counts[256];
  __shared__ Key prefix;
  __shared__ int wanted;
  __shared__ int used;
  const float* row = x + (long) blockIdx.x * n;
  if (threadIdx.x == 0) {
    prefix = 0;
    wanted = k;
    used = 0;
  }
  for (int shift = 56; shift >= 0; shift -= 8) {
    counts[threadIdx.x] = 0;
    __syncthreads();
    Key fixed = prefix;
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
      Key key = keyOf(row[i], i);
      if (shift == 56 || key >> (shift + 8) == fixed >> (shift + 8)) {
        atomicAdd(&counts[key >> shift & 255], 1);
      }
    }
    __syncthreads();
    if (threadIdx.x == 0) {
      int digit = 255;
      while (counts[digit] < wanted) {
        wanted -= counts[digit--];
      }
      prefix = fixed | (Key) digit << shift;
    }
    __syncthreads();
  }
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    Key key = keyOf(row[i], i);
    if (key >= prefix) {  // prefix is now the k-th largest key itself
      selected[(long) blockIdx.x * k + atomicAdd(&used, 1)] = key;
    }
  }
}

// values, indices [rows, k]: each selected key goes to the place given by how many of its row are larger.
// Counting is k steps for each of k keys: for the k = 900 of query selection less work than a sort's synchronisation.
extern "C" __global__ void placeSelected(
    const Key* selected, const float* x, int n, int k, float* values, int* indices, int count) {
  for (long i = gridStart(); i < count; i += gridStep()) {
    long row = i / k;
    const Key* keys = selected + row * k;
    Key key = selected[i];
    int place = 0;
    for (int j = 0; j < k; j++) {
      place += keys[j] > key;
    }
    int index = indexOf(key);
    if (values) {
      values[row * k + place] = x[row * n + index];
    }
    if (indices) {
      indices[row * k + place] = index;
    }
  }
}
