// Multi-scale deformable attention (Deformable DETR, Eq. 3): for each query and head the weighted sum of L x P bilinear
// samples of the value maps.
//
// value [B, S, H, D], locations [B, Q, H, L, P, 2] as (x, y) in 0..1, weights [B, Q, H, L, P], out [B, Q, H * D].
// `lanes` neighbouring threads, a power of two of at most 32, take one query and head, each every lanes-th channel: a
// corner's D channels are neighbours in memory and are read as whole lines.
#include "common.cuh"

#define MAX_LEVELS 8

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
  int lanes;
};

// The corners around one sample: their tokens (-1 outside the map) and how far the sample is from the left and top ones.
struct Sample {
  int tokens[4];  // left top, right top, left bottom, right bottom
  float fx;
  float fy;
};

__device__ __forceinline__ Sample sampleAt(const Levels& levels, int level, float locationX, float locationY) {
  int width = levels.widths[level];
  int height = levels.heights[level];
  float x = locationX * width - 0.5f;
  float y = locationY * height - 0.5f;
  Sample sample;
  // Far outside no corner counts; the test also keeps the conversion to int in range, and fails for NaN.
  bool near = x > -1.0f && y > -1.0f && x < width && y < height;
  int x0 = near ? (int) floorf(x) : -2;
  int y0 = near ? (int) floorf(y) : -2;
  sample.fx = near ? x - x0 : 0.0f;
  sample.fy = near ? y - y0 : 0.0f;
  for (int corner = 0; corner < 4; corner++) {
    int cx = x0 + corner % 2;
    int cy = y0 + corner / 2;
    bool inside = near && cx >= 0 && cy >= 0 && cx < width && cy < height;
    sample.tokens[corner] = inside ? levels.starts[level] + cy * width + cx : -1;
  }
  return sample;
}

__device__ __forceinline__ float cornerShare(const Sample& sample, int corner) {
  return (corner % 2 ? sample.fx : 1 - sample.fx) * (corner / 2 ? sample.fy : 1 - sample.fy);
}

// out [rows, d], rows = B * Q * H. Grid-stride over rows * lanes threads.
extern "C" __global__ void deformableAttention(
    const float* value, const float* locations, const float* weights, Levels levels, Problem p, float* out, int rows) {
  long count = (long) rows * p.lanes;
  for (long i = gridStart(); i < count; i += gridStep()) {
    long row = i / p.lanes;
    int h = (int) (row % p.heads);
    long b = row / p.heads / p.queries;
    const float* map = value + (b * p.tokens * p.heads + h) * p.d;
    for (int channel = (int) (i % p.lanes); channel < p.d; channel += p.lanes) {
      float sum = 0;
      for (int point = 0; point < levels.count * p.points; point++) {
        long at = row * levels.count * p.points + point;
        Sample sample = sampleAt(levels, point / p.points, locations[2 * at], locations[2 * at + 1]);
        float bilinear = 0;
        for (int corner = 0; corner < 4; corner++) {
          if (sample.tokens[corner] >= 0) {
            bilinear += cornerShare(sample, corner) * map[(long) sample.tokens[corner] * p.heads * p.d + channel];
          }
        }
        sum += weights[at] * bilinear;
      }
      out[row * p.d + channel] = sum;
    }
  }
}

// gradValue (zero before), gradLocations, gradWeights; each nullable.
//
// The gradients of a location and a weight are sums over the head's channels: butterflies over the `lanes` threads.
// Samples of different queries meet in one token, so additions to gradValue are atomic; their order, and with it the
// last bit, differs from run to run. Grid: ceil(rows * lanes / 256); block: 256. All lanes of a warp stay to the end.
extern "C" __global__ void deformableAttentionBackward(
    const float* gradOut, const float* value, const float* locations, const float* weights, Levels levels, Problem p,
    float* gradValue, float* gradLocations, float* gradWeights, int rows) {
  long thread = (long) blockIdx.x * blockDim.x + threadIdx.x;
  bool works = thread < (long) rows * p.lanes;
  long row = works ? thread / p.lanes : 0;
  int lane = (int) (thread % p.lanes);
  int h = (int) (row % p.heads);
  long b = row / p.heads / p.queries;
  long head = (b * p.tokens * p.heads + h) * p.d;
  for (int point = 0; point < levels.count * p.points; point++) {
    int level = point / p.points;
    long at = row * levels.count * p.points + point;
    Sample sample = sampleAt(levels, level, locations[2 * at], locations[2 * at + 1]);
    float weight = weights[at];
    float gradWeight = 0;
    float gradX = 0;
    float gradY = 0;
    for (int channel = lane; works && channel < p.d; channel += p.lanes) {
      float grad = gradOut[row * p.d + channel];
      for (int corner = 0; corner < 4; corner++) {
        if (sample.tokens[corner] < 0) {
          continue;
        }
        long place = head + (long) sample.tokens[corner] * p.heads * p.d + channel;
        float product = grad * value[place];
        float share = cornerShare(sample, corner);
        gradWeight += share * product;
        gradX += (corner / 2 ? sample.fy : 1 - sample.fy) * (corner % 2 ? product : -product);
        gradY += (corner % 2 ? sample.fx : 1 - sample.fx) * (corner / 2 ? product : -product);
        if (gradValue) {
          atomicAdd(&gradValue[place], weight * share * grad);
        }
      }
    }
    for (int distance = p.lanes / 2; distance > 0; distance /= 2) {
      gradWeight += __shfl_xor_sync(ALL_LANES, gradWeight, distance);
      gradX += __shfl_xor_sync(ALL_LANES, gradX, distance);
      gradY += __shfl_xor_sync(ALL_LANES, gradY, distance);
    }
    if (works && lane == 0) {
      if (gradWeights) {
        gradWeights[at] = gradWeight;
      }
      if (gradLocations) {
        gradLocations[2 * at] = weight * levels.widths[level] * gradX;
        gradLocations[2 * at + 1] = weight * levels.heights[level] * gradY;
      }
    }
  }
}
