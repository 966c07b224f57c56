// One block's tile of a matrix product, for every kernel that is one: plain products and the three of a convolution.
//
// C[64, 64] += A[64, K] B[K, 64] by 256 threads. Slabs of 16 columns of A and 16 rows of B are brought to shared memory,
// each element once for the whole block; a thread then computes 4 x 4 results, so that eight numbers read from shared
// memory serve sixteen multiply-adds. Its rows and columns lie 16 apart: neighbouring threads read neighbouring columns
// of B, and a whole half-warp the same element of A, which shared memory hands to all of them at once.
//
// What the matrices are is up to the caller: load functions give an element by row and column, so a convolution's matrix
// of windows is never written down ("implicit" product).
#pragma once
#include "common.cuh"

#define TILE_M 64
#define TILE_N 64
#define TILE_K 16
#define SIDE 16
#define EACH 4

// sums[i][j] += sum over k in [kFrom, kEnd) of loadA(m0 + ty + 16 i, k) loadB(k, n0 + tx + 16 j); elements outside the
// matrices must load as 0. Block: 256 threads, tx = thread % 16, ty = thread / 16. aKFast and bKFast say whether
// elements that differ by one in k are neighbours in memory, so that neighbouring threads load neighbouring addresses.
template <bool aKFast, bool bKFast, typename LoadA, typename LoadB>
__device__ __forceinline__ void multiplyTile(
    int m0, int n0, long kFrom, long kEnd, LoadA loadA, LoadB loadB, float sums[EACH][EACH]) {
  __shared__ float a[TILE_K][TILE_M + 1];
  __shared__ float b[TILE_K][TILE_N + 1];
  int thread = threadIdx.x;
  int tx = thread % SIDE;
  int ty = thread / SIDE;
  for (long k0 = kFrom; k0 < kEnd; k0 += TILE_K) {
    for (int i = thread; i < TILE_M * TILE_K; i += SIDE * SIDE) {
      int row = aKFast ? i / TILE_K : i % TILE_M;
      int k = aKFast ? i % TILE_K : i / TILE_M;
      a[k][row] = k0 + k < kEnd ? loadA(m0 + row, k0 + k) : 0.0f;
    }
    for (int i = thread; i < TILE_N * TILE_K; i += SIDE * SIDE) {
      int column = bKFast ? i / TILE_K : i % TILE_N;
      int k = bKFast ? i % TILE_K : i / TILE_N;
      b[k][column] = k0 + k < kEnd ? loadB(k0 + k, n0 + column) : 0.0f;
    }
    __syncthreads();
    for (int k = 0; k < TILE_K; k++) {
      float left[EACH];
      float right[EACH];
      for (int i = 0; i < EACH; i++) {
        left[i] = a[k][ty + SIDE * i];
        right[i] = b[k][tx + SIDE * i];
      }
      for (int i = 0; i < EACH; i++) {
        for (int j = 0; j < EACH; j++) {
          sums[i][j] += left[i] * right[j];
        }
      }
    }
    __syncthreads();
  }
}

// Hands each result of the tile that lies inside [m, n] to store(row, column, sum).
template <typename Store>
__device__ __forceinline__ void storeTile(int m0, int n0, int m, int n, float sums[EACH][EACH], Store store) {
  for (int i = 0; i < EACH; i++) {
    int row = m0 + threadIdx.x / SIDE + SIDE * i;
    for (int j = 0; j < EACH; j++) {
      int column = n0 + threadIdx.x % SIDE + SIDE * j;
      if (row < m && column < n) {
        store(row, column, sums[i][j]);
      }
    }
  }
}
