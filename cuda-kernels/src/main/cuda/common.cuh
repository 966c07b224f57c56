// What every kernel file shares: where a thread is in the grid, and sums over the threads of a warp or a block.
//
// Conventions of all kernels:
//   - float32, row-major, the shapes in the comment above each kernel; counts fit an int, positions are long.
//   - A nullable pointer that is null switches its output off.
//   - Every thread of a block reaches every barrier and every lane of a warp every shuffle: threads without work carry
//     neutral values along instead of returning early. The stand-in driver of the tests fails on anything else.
#pragma once

#define WARP 32
#define ALL_LANES 0xffffffffu

// The first element of this thread when a grid of threads walks over a long array, and the step to its next one.
__device__ __forceinline__ long gridStart() { return (long) blockIdx.x * blockDim.x + threadIdx.x; }
__device__ __forceinline__ long gridStep() { return (long) gridDim.x * blockDim.x; }

// Butterfly: after five exchanges with the lane whose index differs in one bit, all lanes hold the sum.
template <typename T>
__device__ __forceinline__ T warpSum(T value) {
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, distance);
  }
  return value;
}

__device__ __forceinline__ float larger(float a, float b) { return fmaxf(a, b); }
__device__ __forceinline__ double larger(double a, double b) { return fmax(a, b); }

template <typename T>
__device__ __forceinline__ T warpMax(T value) {
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value = larger(value, __shfl_xor_sync(ALL_LANES, value, distance));
  }
  return value;
}

// The sum over a one-dimensional block of at most 1024 threads, a multiple of 32; known to all threads.
// partial: one element a warp, in shared memory.
template <typename T>
__device__ __forceinline__ T blockSum(T value, T* partial) {
  int warps = blockDim.x / WARP;
  value = warpSum(value);
  if (threadIdx.x % WARP == 0) {
    partial[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  T sum = warpSum((int) threadIdx.x % WARP < warps ? partial[threadIdx.x % WARP] : T(0));
  __syncthreads();  // partial may be overwritten by the caller's next sum
  return sum;
}

template <typename T>
__device__ __forceinline__ T blockMax(T value, T* partial) {
  int warps = blockDim.x / WARP;
  value = warpMax(value);
  if (threadIdx.x % WARP == 0) {
    partial[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  T largest = warpMax((int) threadIdx.x % WARP < warps ? partial[threadIdx.x % WARP] : T(-INFINITY));
  __syncthreads();
  return largest;
}
