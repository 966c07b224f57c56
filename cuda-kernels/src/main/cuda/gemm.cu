// Matrix products of our own, for machines without cuBLAS.
//
// Grid batch * ceil(m / 64) * ceil(n / 64), neighbouring blocks along n; block 256; see tile.cuh for what a block does. All of
// it lies along x, as the other axes end at 65,535 blocks.
#include "tile.cuh"

// out[batch, m, n] = scale op(a) op(b) + bias[n], or out += it; then ReLU if asked.
template <bool transposeA, bool transposeB>
__device__ __forceinline__ void product(
    const float* a, const float* b, const float* bias, int m, int n, int k, float scale, int relu, int add, float* out) {
  unsigned columnBlocks = (n + TILE_N - 1) / TILE_N;
  unsigned rowBlocks = (m + TILE_M - 1) / TILE_M;
  long entry = blockIdx.x / columnBlocks / rowBlocks;
  int m0 = (int) (blockIdx.x / columnBlocks % rowBlocks) * TILE_M;
  int n0 = (int) (blockIdx.x % columnBlocks) * TILE_N;
  const float* left = a + entry * m * k;
  const float* right = b + entry * k * n;
  float* result = out + entry * m * n;
  float sums[EACH][EACH] = {};
  multiplyTile<!transposeA, transposeB>(
      m0, n0, 0, k,
      [=](int row, long p) {
        return row < m ? left[transposeA ? p * m + row : (long) row * k + p] : 0.0f;
      },
      [=](long p, int column) {
        return column < n ? right[transposeB ? (long) column * k + p : p * n + column] : 0.0f;
      },
      sums);
  storeTile(m0, n0, m, n, sums, [=](int row, int column, float sum) {
    float* target = result + (long) row * n + column;
    float value = scale * sum + (bias ? bias[column] : 0.0f) + (add ? *target : 0.0f);
    *target = relu && value < 0.0f ? 0.0f : value;
  });
}

// a[batch, m, k], b[batch, k, n]
extern "C" __global__ void __launch_bounds__(256) gemmNN(
    const float* a, const float* b, const float* bias, int m, int n, int k, float scale, int relu, int add, float* out) {
  product<false, false>(a, b, bias, m, n, k, scale, relu, add, out);
}

// a[batch, m, k], b[batch, n, k]
extern "C" __global__ void __launch_bounds__(256) gemmNT(
    const float* a, const float* b, const float* bias, int m, int n, int k, float scale, int relu, int add, float* out) {
  product<false, true>(a, b, bias, m, n, k, scale, relu, add, out);
}

// a[batch, k, m], b[batch, k, n]
extern "C" __global__ void __launch_bounds__(256) gemmTN(
    const float* a, const float* b, const float* bias, int m, int n, int k, float scale, int relu, int add, float* out) {
  product<true, false>(a, b, bias, m, n, k, scale, relu, add, out);
}

// a[batch, k, m], b[batch, n, k]
extern "C" __global__ void __launch_bounds__(256) gemmTT(
    const float* a, const float* b, const float* bias, int m, int n, int k, float scale, int relu, int add, float* out) {
  product<true, true>(a, b, bias, m, n, k, scale, relu, add, out);
}
