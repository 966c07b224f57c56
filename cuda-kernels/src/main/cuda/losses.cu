// Matching and class losses of a detector: one thread a pair of query and target, or of query and class. Neighbouring
// threads take neighbouring targets or classes, whose results are neighbours in memory. Boxes are (cx, cy, w, h).
#include "common.cuh"

#define AREA_EPSILON 1e-6f
#define LOG_EPSILON 1e-8f

// iou[n, m], giou[n, m] of boxes[n, 4] and others[m, 4]; pairs = n * m. The two may be null.
extern "C" __global__ void overlaps(
    const float* boxes, const float* others, int m, float* iou, float* giou, int pairs) {
  for (long i = gridStart(); i < pairs; i += gridStep()) {
    const float* a = boxes + i / m * 4;
    const float* b = others + i % m * 4;
    // Sides from differences of centres, so that small boxes far from the origin keep their digits.
    float x = b[0] - a[0];
    float y = b[1] - a[1];
    float width = fminf(0.5f * a[2], x + 0.5f * b[2]) - fmaxf(-0.5f * a[2], x - 0.5f * b[2]);
    float height = fminf(0.5f * a[3], y + 0.5f * b[3]) - fmaxf(-0.5f * a[3], y - 0.5f * b[3]);
    float inter = width > 0.0f && height > 0.0f ? width * height : 0.0f;
    float both = a[2] * a[3] + b[2] * b[3] - inter;
    float ratio = inter / (both + AREA_EPSILON);
    if (iou) {
      iou[i] = ratio;
    }
    if (giou) {
      float hullWidth = fmaxf(0.5f * a[2], x + 0.5f * b[2]) - fminf(-0.5f * a[2], x - 0.5f * b[2]);
      float hullHeight = fmaxf(0.5f * a[3], y + 0.5f * b[3]) - fminf(-0.5f * a[3], y - 0.5f * b[3]);
      float hull = hullWidth * hullHeight;
      giou[i] = ratio - (hull - both) / (hull + AREA_EPSILON);
    }
  }
}

__device__ __forceinline__ float powered(float x, float exponent) {
  return exponent == 2.0f ? x * x : exponent == 0.5f ? sqrtf(x) : exponent == 1.0f ? x : powf(x, exponent);
}

// out[q, t] = class cost, L1 distance and 1 - giou[q, t], weighted; logits[q, classes], labels[t], boxes[q, 4],
// truth[t, 4]. modulator[q, t] and largest[1] may be null: LossKernels has the formulas. pairs = q * t.
extern "C" __global__ void matchingCosts(
    float classWeight, float l1Weight, float giouWeight, float exponent, float alpha, float gamma, const float* logits,
    int classes, const int* labels, int targets, const float* boxes, const float* truth, const float* giou,
    const float* modulator, const float* largest, float* out, int pairs) {
  float rescaling = modulator ? fmaxf(1.0f, 1.0f / (0.5f * (1.0f + largest[0]) + LOG_EPSILON)) : 1.0f;
  for (long i = gridStart(); i < pairs; i += gridStep()) {
    long query = i / targets;
    int target = (int) (i % targets);
    int label = labels[target];
    if (label < 0 || label >= classes) {
      __trap();
    }
    float factor = modulator ? powered(0.5f * (1.0f + modulator[i]) * rescaling, exponent) : 1.0f;
    float q = factor / (1.0f + expf(-logits[query * classes + label]));
    float positive = alpha * powered(1.0f - q, gamma) * -logf(q + LOG_EPSILON);
    float negative = (1.0f - alpha) * powered(q, gamma) * -logf(1.0f - q + LOG_EPSILON);
    float distance = 0;
    for (int c = 0; c < 4; c++) {
      distance += fabsf(boxes[4 * query + c] - truth[4 * target + c]);
    }
    out[i] = classWeight * (positive - negative) + l1Weight * distance + giouWeight * (1.0f - giou[i]);
  }
}

// What a class loss needs of a logit, with p = sigmoid(logit); slopes are derivatives by the logit.
struct Logit {
  float p;
  float oneMinusP;
  float logP;
  float logOneMinusP;
  float slopeLogP;
  float slopeLogOneMinusP;
};

// With e = exp(-|x|) nothing overflows, and neither p nor 1 - p is a difference.
__device__ __forceinline__ Logit ofLogit(float x) {
  float e = expf(-fabsf(x));
  float tail = log1pf(e);
  float big = 1.0f / (1.0f + e);
  float small = e * big;
  bool up = x >= 0.0f;
  float p = up ? big : small;
  float rest = up ? small : big;
  return {p, rest, up ? -tail : x - tail, up ? -x - tail : -tail, rest, -p};
}

// As the published code has it: logarithms of rounded probabilities, infinite where p is 0.
__device__ __forceinline__ Logit ofProbability(float x) {
  float p = 1.0f / (1.0f + expf(-x));
  float rest = 1.0f - p;
  float guarded = rest + LOG_EPSILON;
  float slope = p * rest;
  return {p, rest, logf(p), logf(guarded), slope * (1.0f / p), -slope / guarded};
}

// partial[blocks] = the class loss of each block's share of logits[queries, classes]; grad += scale * gradient, unless
// grad is null. labels[queries], -1 for none, and targets[queries] say where t is not 0. n = queries * classes.
// Block 256.
extern "C" __global__ void __launch_bounds__(256) classLoss(
    float alpha, float gamma, int finite, const float* logits, int classes, const int* labels, const float* targets,
    float scale, double* partial, float* grad, int n) {
  __shared__ double warps[WARP];
  double sum = 0;
  for (long i = gridStart(); i < n; i += gridStep()) {
    long query = i / classes;
    bool positive = i % classes == labels[query];
    float t = positive ? targets[query] : 0.0f;
    float weight = positive ? alpha : 1.0f - alpha;
    Logit logit = finite ? ofLogit(logits[i]) : ofProbability(logits[i]);
    float distance = fabsf(t - logit.p);
    float focus = powered(distance, gamma);
    float entropy = -t * logit.logP - (1.0f - t) * logit.logOneMinusP;
    sum += weight * focus * entropy;
    if (grad) {
      float slope = -t * logit.slopeLogP - (1.0f - t) * logit.slopeLogOneMinusP;
      float outer = gamma == 2.0f ? 2.0f * distance : distance == 0.0f ? 0.0f : gamma * powf(distance, gamma - 1.0f);
      float focusSlope = (logit.p < t ? -outer : outer) * logit.p * logit.oneMinusP;
      grad[i] += scale * weight * (focusSlope * entropy + focus * slope);
    }
  }
  sum = blockSum(sum, warps);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = sum;
  }
}
