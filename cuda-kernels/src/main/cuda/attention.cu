// Dense multi-head attention without its matrix of scores: softmax(scale q k^T + mask) v for each head.
//
// The matrix [Nq, Nk] of a head is never written to memory. A block holds 32 queries and walks over the keys, 32 at a
// time; q, k and v tiles lie in shared memory. A warp owns 8 of the queries, a lane one of the keys, so the maximum and
// the sum of a row of scores are butterflies over the lanes. The softmax is taken while walking ("online"): with the
// largest score so far m, sum l and output o, a tile with scores s changes them to
//   m' = max(m, max s),  l' = l e^(m - m') + sum e^(s - m'),  o' = o e^(m - m') + sum e^(s - m') v.
// The backward pass recomputes the scores from q, k and the stored logarithm of l e^m, in one walk over the keys for dQ
// and one over the queries for dK and dV, so that every gradient has one owner and no additions meet.
#include "common.cuh"

#define TILE 32
#define WARPS 4
#define ROWS (TILE / WARPS)
#define MAX_D 64
#define LANE_CHANNELS (MAX_D / WARP)

struct Problem {
  int batch;
  int heads;
  int queries;
  int keys;
  int d;
  int groups;  // of the bias; 0 without
  float scale;
};

// Element (token, channel) of head h of batch entry b in a tensor [batch, tokens, heads * d].
__device__ __forceinline__ long place(const Problem& p, int b, int h, int tokens, int token, int channel) {
  return ((long) b * tokens + token) * p.heads * p.d + h * p.d + channel;
}

// Copies 32 tokens' channels of a head to shared memory; tokens beyond the end become 0.
__device__ __forceinline__ void loadTile(
    const Problem& p, const float* x, int b, int h, int tokens, int first, float tile[TILE][MAX_D + 1]) {
  for (int i = threadIdx.x; i < TILE * p.d; i += WARP * WARPS) {
    int token = first + i / p.d;
    tile[i / p.d][i % p.d] = token < tokens ? x[place(p, b, h, tokens, token, i % p.d)] : 0.0f;
  }
}

// The score of a pair, minus infinity where the mask forbids it or there is no such key.
__device__ __forceinline__ float score(
    const Problem& p, const unsigned char* blocked, const unsigned char* padding, const float* bias, int b, int h,
    int query, int key, const float* q, const float* k) {
  bool hidden = query >= p.queries || key >= p.keys
      || (blocked && blocked[(long) query * p.keys + key])
      || (padding && padding[(long) b * p.keys + key]);
  if (hidden) {
    return -INFINITY;
  }
  float dot = 0;
  for (int c = 0; c < p.d; c++) {
    dot += q[c] * k[c];
  }
  float shift = p.groups ? bias[(((long) (b % p.groups) * p.heads + h) * p.queries + query) * p.keys + key] : 0.0f;
  return dot * p.scale + shift;
}

// out [batch, queries, heads * d], logSumExp [batch, heads, queries] (nullable).
// Grid: batch * heads * ceil(queries / 32); block: 128.
extern "C" __global__ void __launch_bounds__(128) attention(
    const float* q, const float* k, const float* v, const unsigned char* blocked, const unsigned char* padding,
    const float* bias, Problem p, float* out, float* logSumExp) {
  __shared__ float qs[TILE][MAX_D + 1];
  __shared__ float ks[TILE][MAX_D + 1];
  __shared__ float vs[TILE][MAX_D + 1];
  __shared__ float weights[TILE][TILE + 1];
  int tiles = (p.queries + TILE - 1) / TILE;
  int first = (int) (blockIdx.x % tiles) * TILE;
  int h = (int) (blockIdx.x / tiles) % p.heads;
  int b = (int) (blockIdx.x / tiles) / p.heads;
  int lane = threadIdx.x % WARP;
  int row0 = (int) (threadIdx.x / WARP) * ROWS;
  float largest[ROWS];
  float sums[ROWS];
  float results[ROWS][LANE_CHANNELS] = {};
  for (int r = 0; r < ROWS; r++) {
    largest[r] = -INFINITY;
    sums[r] = 0;
  }
  loadTile(p, q, b, h, p.queries, first, qs);
  for (int key0 = 0; key0 < p.keys; key0 += TILE) {
    __syncthreads();  // the previous tile is no longer read
    loadTile(p, k, b, h, p.keys, key0, ks);
    loadTile(p, v, b, h, p.keys, key0, vs);
    __syncthreads();
    for (int r = 0; r < ROWS; r++) {
      int row = row0 + r;
      float s = score(p, blocked, padding, bias, b, h, first + row, key0 + lane, qs[row], ks[lane]);
      float best = fmaxf(largest[r], warpMax(s));
      // While a row has seen no visible key, best is minus infinity and differences would be NaN.
      float shrink = best == -INFINITY ? 1.0f : expf(largest[r] - best);
      float weight = s == -INFINITY ? 0.0f : expf(s - best);
      largest[r] = best;
      sums[r] = sums[r] * shrink + warpSum(weight);
      weights[row][lane] = weight;
      for (int c = 0; c < LANE_CHANNELS; c++) {
        results[r][c] *= shrink;
      }
    }
    __syncthreads();
    for (int j = 0; j < TILE; j++) {
      for (int c = 0; c < LANE_CHANNELS; c++) {
        int channel = lane + c * WARP;
        float value = channel < p.d ? vs[j][channel] : 0.0f;
        for (int r = 0; r < ROWS; r++) {
          results[r][c] += weights[row0 + r][j] * value;
        }
      }
    }
  }
  for (int r = 0; r < ROWS; r++) {
    int query = first + row0 + r;
    if (query < p.queries) {
      for (int c = 0; c < LANE_CHANNELS; c++) {
        int channel = lane + c * WARP;
        if (channel < p.d) {
          out[place(p, b, h, p.queries, query, channel)] = results[r][c] / sums[r];
        }
      }
      if (logSumExp && lane == 0) {
        logSumExp[((long) b * p.heads + h) * p.queries + query] = largest[r] + logf(sums[r]);
      }
    }
  }
}

// delta [batch, heads, queries] = sum over the head's channels of gradOut out: what the softmax's gradient subtracts.
extern "C" __global__ void attentionDelta(const float* gradOut, const float* out, Problem p, float* delta, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    int query = (int) (i % p.queries);
    int h = (int) (i / p.queries % p.heads);
    int b = (int) (i / p.queries / p.heads);
    long at = place(p, b, h, p.queries, query, 0);
    float sum = 0;
    for (int c = 0; c < p.d; c++) {
      sum += gradOut[at + c] * out[at + c];
    }
    delta[i] = sum;
  }
}

__device__ __forceinline__ float dotOf(const float* a, const float* b, int d) {
  float sum = 0;
  for (int c = 0; c < d; c++) {
    sum += a[c] * b[c];
  }
  return sum;
}

// gradQ = scale sum over keys of ds k, ds = w (gradOut v - delta), w = e^(s - logSumExp).
// Grid: batch * heads * ceil(queries / 32); block: 128.
extern "C" __global__ void __launch_bounds__(128) attentionBackwardQuery(
    const float* gradOut, const float* q, const float* k, const float* v, const unsigned char* blocked,
    const unsigned char* padding, const float* bias, Problem p, const float* logSumExp, const float* delta,
    float* gradQ) {
  __shared__ float qs[TILE][MAX_D + 1];
  __shared__ float gs[TILE][MAX_D + 1];
  __shared__ float ks[TILE][MAX_D + 1];
  __shared__ float scores[TILE][TILE + 1];
  int tiles = (p.queries + TILE - 1) / TILE;
  int first = (int) (blockIdx.x % tiles) * TILE;
  int h = (int) (blockIdx.x / tiles) % p.heads;
  int b = (int) (blockIdx.x / tiles) / p.heads;
  int lane = threadIdx.x % WARP;
  int row0 = (int) (threadIdx.x / WARP) * ROWS;
  long rowOf = ((long) b * p.heads + h) * p.queries;
  float results[ROWS][LANE_CHANNELS] = {};
  loadTile(p, q, b, h, p.queries, first, qs);
  loadTile(p, gradOut, b, h, p.queries, first, gs);
  for (int key0 = 0; key0 < p.keys; key0 += TILE) {
    __syncthreads();
    loadTile(p, k, b, h, p.keys, key0, ks);
    __syncthreads();
    for (int r = 0; r < ROWS; r++) {
      int row = row0 + r;
      int query = first + row;
      int key = key0 + lane;
      float s = score(p, blocked, padding, bias, b, h, query, key, qs[row], ks[lane]);
      float ds = 0;
      if (s != -INFINITY) {
        float weight = expf(s - logSumExp[rowOf + query]);
        ds = weight * (dotOf(gs[row], v + place(p, b, h, p.keys, key, 0), p.d) - delta[rowOf + query]);
      }
      scores[row][lane] = ds;
    }
    __syncthreads();
    for (int j = 0; j < TILE; j++) {
      for (int c = 0; c < LANE_CHANNELS; c++) {
        int channel = lane + c * WARP;
        float value = channel < p.d ? ks[j][channel] : 0.0f;
        for (int r = 0; r < ROWS; r++) {
          results[r][c] += scores[row0 + r][j] * value;
        }
      }
    }
  }
  for (int r = 0; r < ROWS; r++) {
    int query = first + row0 + r;
    for (int c = 0; c < LANE_CHANNELS; c++) {
      int channel = lane + c * WARP;
      if (query < p.queries && channel < p.d) {
        gradQ[place(p, b, h, p.queries, query, channel)] = results[r][c] * p.scale;
      }
    }
  }
}

// gradK = scale sum over queries of ds q, gradV = sum over queries of w gradOut. The same with the parts exchanged: a
// block holds 32 keys and walks over the queries; a warp owns 8 keys, a lane one of the queries.
// Grid: batch * heads * ceil(keys / 32); block: 128.
extern "C" __global__ void __launch_bounds__(128) attentionBackwardKey(
    const float* gradOut, const float* q, const float* k, const float* v, const unsigned char* blocked,
    const unsigned char* padding, const float* bias, Problem p, const float* logSumExp, const float* delta,
    float* gradK, float* gradV) {
  __shared__ float ks[TILE][MAX_D + 1];
  __shared__ float qs[TILE][MAX_D + 1];
  __shared__ float gs[TILE][MAX_D + 1];
  __shared__ float scores[TILE][TILE + 1];
  __shared__ float weights[TILE][TILE + 1];
  int tiles = (p.keys + TILE - 1) / TILE;
  int first = (int) (blockIdx.x % tiles) * TILE;
  int h = (int) (blockIdx.x / tiles) % p.heads;
  int b = (int) (blockIdx.x / tiles) / p.heads;
  int lane = threadIdx.x % WARP;
  int row0 = (int) (threadIdx.x / WARP) * ROWS;
  long rowOf = ((long) b * p.heads + h) * p.queries;
  float keyResults[ROWS][LANE_CHANNELS] = {};
  float valueResults[ROWS][LANE_CHANNELS] = {};
  loadTile(p, k, b, h, p.keys, first, ks);
  for (int query0 = 0; query0 < p.queries; query0 += TILE) {
    __syncthreads();
    loadTile(p, q, b, h, p.queries, query0, qs);
    loadTile(p, gradOut, b, h, p.queries, query0, gs);
    __syncthreads();
    for (int r = 0; r < ROWS; r++) {
      int row = row0 + r;
      int query = query0 + lane;
      int key = first + row;
      float s = score(p, blocked, padding, bias, b, h, query, key, qs[lane], ks[row]);
      float weight = 0;
      float ds = 0;
      if (s != -INFINITY) {
        weight = expf(s - logSumExp[rowOf + query]);
        ds = weight * (dotOf(gs[lane], v + place(p, b, h, p.keys, key, 0), p.d) - delta[rowOf + query]);
      }
      weights[row][lane] = weight;
      scores[row][lane] = ds;
    }
    __syncthreads();
    for (int j = 0; j < TILE; j++) {
      for (int c = 0; c < LANE_CHANNELS; c++) {
        int channel = lane + c * WARP;
        float query = channel < p.d ? qs[j][channel] : 0.0f;
        float grad = channel < p.d ? gs[j][channel] : 0.0f;
        for (int r = 0; r < ROWS; r++) {
          keyResults[r][c] += scores[row0 + r][j] * query;
          valueResults[r][c] += weights[row0 + r][j] * grad;
        }
      }
    }
  }
  for (int r = 0; r < ROWS; r++) {
    int key = first + row0 + r;
    for (int c = 0; c < LANE_CHANNELS; c++) {
      int channel = lane + c * WARP;
      if (key < p.keys && channel < p.d) {
        long at = place(p, b, h, p.keys, key, channel);
        gradK[at] = keyResults[r][c] * p.scale;
        gradV[at] = valueResults[r][c];
      }
    }
  }
}

// gradBias [groups, heads, queries, keys] = sum of ds over the batch entries b of each group (b % groups).
extern "C" __global__ void attentionBackwardBias(
    const float* gradOut, const float* q, const float* k, const float* v, const unsigned char* blocked,
    const unsigned char* padding, const float* bias, Problem p, const float* logSumExp, const float* delta,
    float* gradBias, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    int key = (int) (i % p.keys);
    int query = (int) (i / p.keys % p.queries);
    int h = (int) (i / p.keys / p.queries % p.heads);
    float sum = 0;
    for (int b = (int) (i / p.keys / p.queries / p.heads); b < p.batch; b += p.groups) {
      long at = place(p, b, h, p.queries, query, 0);
      long keyAt = place(p, b, h, p.keys, key, 0);
      float s = score(p, blocked, padding, bias, b, h, query, key, q + at, k + keyAt);
      if (s != -INFINITY) {
        long row = ((long) b * p.heads + h) * p.queries + query;
        sum += expf(s - logSumExp[row]) * (dotOf(gradOut + at, v + keyAt, p.d) - delta[row]);
      }
    }
    gradBias[i] = sum;
  }
}
