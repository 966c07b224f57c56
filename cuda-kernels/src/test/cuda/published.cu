// The gradients of multi-scale deformable attention in the formulation of the CUDA extension that the detectors' authors
// use, written anew to be measured beside ours (deformable.cu); no part of the product.
//
// One block takes one query and head, one thread one channel. For each sample every thread puts its part of the gradients
// of location and weight into shared memory; after a barrier the first thread adds them up, one after another, and
// writes them; a second barrier keeps the others from overwriting them. The value's gradient takes one atomic addition
// for each corner and channel.
//
// value [B, S, H, D], locations [B, Q, H, L, P, 2] as (x, y) in 0..1, weights [B, Q, H, L, P], gradOut [B, Q, H * D];
// gradValue zero before. Grid: B * Q * H; block: D, at most 64.
#include "common.cuh"

#define MAX_LEVELS 8
#define MAX_D 64

struct Levels {
  int count;
  int heights[MAX_LEVELS];
  int widths[MAX_LEVELS];
  int starts[MAX_LEVELS];  // tokens before the level
};

struct Problem {
  int queries;
  int heads;
  int d;
  int points;
  int tokens;
};

extern "C" __global__ void publishedDeformableBackward(
    const float* gradOut, const float* value, const float* locations, const float* weights, Levels levels, Problem p,
    float* gradValue, float* gradLocations, float* gradWeights) {
  __shared__ float partX[MAX_D];
  __shared__ float partY[MAX_D];
  __shared__ float partWeight[MAX_D];
  int channel = threadIdx.x;
  long row = blockIdx.x;
  int head = (int) (row % p.heads);
  long b = row / p.heads / p.queries;
  float top = gradOut[row * p.d + channel];
  long at = row * levels.count * p.points;
  for (int level = 0; level < levels.count; level++) {
    int height = levels.heights[level];
    int width = levels.widths[level];
    long start = (b * p.tokens + levels.starts[level]) * p.heads * p.d + (long) head * p.d + channel;
    for (int point = 0; point < p.points; point++, at++) {
      float x = locations[2 * at] * width - 0.5f;
      float y = locations[2 * at + 1] * height - 0.5f;
      float weight = weights[at];
      float gradX = 0;
      float gradY = 0;
      float sample = 0;
      if (x > -1 && y > -1 && x < width && y < height) {
        int left = (int) floorf(x);
        int upper = (int) floorf(y);
        float right = x - left;
        float lower = y - upper;
        for (int corner = 0; corner < 4; corner++) {
          int column = left + corner % 2;
          int line = upper + corner / 2;
          if (column >= 0 && line >= 0 && column < width && line < height) {
            float shareX = corner % 2 ? right : 1 - right;
            float shareY = corner / 2 ? lower : 1 - lower;
            long place = start + ((long) line * width + column) * p.heads * p.d;
            float v = value[place];
            gradX += corner % 2 ? shareY * v : -shareY * v;
            gradY += corner / 2 ? shareX * v : -shareX * v;
            sample += shareX * shareY * v;
            atomicAdd(&gradValue[place], shareX * shareY * weight * top);
          }
        }
      }
      partX[channel] = width * gradX * weight * top;
      partY[channel] = height * gradY * weight * top;
      partWeight[channel] = sample * top;
      __syncthreads();
      if (channel == 0) {
        float sumX = partX[0];
        float sumY = partY[0];
        float sumWeight = partWeight[0];
        for (int other = 1; other < p.d; other++) {
          sumX += partX[other];
          sumY += partY[other];
          sumWeight += partWeight[other];
        }
        gradLocations[2 * at] = sumX;
        gradLocations[2 * at + 1] = sumY;
        gradWeights[at] = sumWeight;
      }
      __syncthreads();
    }
  }
}
