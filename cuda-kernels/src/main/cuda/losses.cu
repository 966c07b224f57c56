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

// Two boxes by their corners, in double precision as on the CPU: few pairs are looked at, and training turns on them.
struct Pair {
  double first[4];
  double second[4];
  double overlapWidth;
  double overlapHeight;
  double inter;
  double both;
  double hull;
};

__device__ __forceinline__ void corners(const float* box, double* out) {
  for (int axis = 0; axis < 2; axis++) {
    out[axis] = box[axis] - 0.5 * box[axis + 2];
    out[axis + 2] = box[axis] + 0.5 * box[axis + 2];
  }
}

__device__ __forceinline__ double area(const double* c) { return (c[2] - c[0]) * (c[3] - c[1]); }

__device__ __forceinline__ Pair pairOf(const float* box, const float* other) {
  Pair p;
  corners(box, p.first);
  corners(other, p.second);
  const double* a = p.first;
  const double* b = p.second;
  p.overlapWidth = fmin(a[2], b[2]) - fmax(a[0], b[0]);
  p.overlapHeight = fmin(a[3], b[3]) - fmax(a[1], b[1]);
  p.inter = p.overlapWidth > 0 && p.overlapHeight > 0 ? p.overlapWidth * p.overlapHeight : 0.0;
  p.both = area(a) + area(b) - p.inter;
  p.hull = (fmax(a[2], b[2]) - fmin(a[0], b[0])) * (fmax(a[3], b[3]) - fmin(a[1], b[1]));
  return p;
}

__device__ __forceinline__ double iouOf(const Pair& p) { return p.inter / (p.both + 1e-6); }

// The gradient of the first box's two corners along one axis, 0 or 1, given those of intersection, union and hull.
__device__ __forceinline__ void sideGradient(
    const Pair& p, int axis, double gradInter, double gradBoth, double gradHull, double* low, double* high) {
  const double* a = p.first;
  const double* b = p.second;
  int across = 1 - axis;
  double hullAcross = fmax(a[across + 2], b[across + 2]) - fmin(a[across], b[across]);
  double side = a[across + 2] - a[across];
  *low = -gradBoth * side;
  *high = gradBoth * side;
  if (p.overlapWidth > 0 && p.overlapHeight > 0) {
    double pull = (gradInter - gradBoth) * (axis == 0 ? p.overlapHeight : p.overlapWidth);
    *low -= a[axis] > b[axis] ? pull : 0.0;
    *high += a[axis + 2] < b[axis + 2] ? pull : 0.0;
  }
  *low -= a[axis] < b[axis] ? gradHull * hullAcross : 0.0;
  *high += a[axis + 2] > b[axis + 2] ? gradHull * hullAcross : 0.0;
}

__device__ __forceinline__ int checked(int index, int length) {
  if (index < 0 || index >= length) {
    __trap();
  }
  return index;
}

// sums[2] = the L1 distance and 1 - GIoU of the pairs of boxes[queries, 4] and truth[count, 4] that queryOf[pairs] and
// targetOf[pairs] name, no query twice; grad[queries, 4] += their scaled gradients, unless it is null. One block of 256.
extern "C" __global__ void __launch_bounds__(256) boxLoss(
    double l1Scale, double giouScale, const float* boxes, int queries, const float* truth, int count,
    const int* queryOf, const int* targetOf, int pairs, double* sums, float* grad) {
  __shared__ double warps[WARP];
  double l1 = 0;
  double giou = 0;
  for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
    int query = checked(queryOf[i], queries);
    const float* box = boxes + 4L * query;
    const float* target = truth + 4L * checked(targetOf[i], count);
    for (int c = 0; c < 4; c++) {
      double distance = (double) box[c] - target[c];
      l1 += fabs(distance);
      if (grad) {
        grad[4L * query + c] += (float) (distance == 0 ? 0.0 : distance > 0 ? l1Scale : -l1Scale);
      }
    }
    Pair p = pairOf(box, target);
    double outside = p.hull + 1e-6;
    double covered = p.both + 1e-6;
    giou += 1 - (iouOf(p) - (p.hull - p.both) / outside);
    if (grad) {
      double gradBoth = -giouScale * (-p.inter / (covered * covered) + 1 / outside);
      double gradInter = -giouScale / covered;
      double gradHull = giouScale * covered / (outside * outside);
      for (int axis = 0; axis < 2; axis++) {
        double low;
        double high;
        sideGradient(p, axis, gradInter, gradBoth, gradHull, &low, &high);
        grad[4L * query + axis] += (float) (low + high);
        grad[4L * query + axis + 2] += (float) (0.5 * (high - low));
      }
    }
  }
  l1 = blockSum(l1, warps);
  giou = blockSum(giou, warps);
  if (threadIdx.x == 0) {
    sums[0] = l1;
    sums[1] = giou;
  }
}

__device__ __forceinline__ double raised(double x, double exponent) {
  return exponent == 0.0 ? 1.0 : exponent == 2.0 ? x * x : pow(x, exponent);
}

// What the place of a positive's box makes of it, before rescaling; curve as LossKernels.Curve counts.
__device__ __forceinline__ double position(double p, double iou, double probabilityExponent, double iouExponent, int curve) {
  double x = raised(p, probabilityExponent) * raised(iou, iouExponent);
  return curve == 0 ? x : curve == 1 ? expm1(x) / 1.718281828459045 : sin(x * 1.5707963267948966);
}

// out[queries] = the target of the class of each query that queryOf[pairs] names, 0 of all others: LossKernels has the
// formula. logits[queries, classes], boxes[queries, 4], labels[count], truth[count, 4]. One block of 256, which needs the
// largest target before it writes the first: it computes them twice rather than keep them.
extern "C" __global__ void __launch_bounds__(256) positionTargets(
    double probabilityExponent, double iouExponent, int curve, int largestIou, int finite, const float* logits,
    int queries, int classes, const float* boxes, const int* labels, const float* truth, int count, const int* queryOf,
    const int* targetOf, int pairs, float* out) {
  __shared__ double warps[WARP];
  double most = 1;
  if (largestIou) {
    most = 0;
    for (long i = threadIdx.x; i < (long) queries * count; i += blockDim.x) {
      most = fmax(most, iouOf(pairOf(boxes + i / count * 4, truth + i % count * 4)));
    }
    most = blockMax(most, warps);
  }
  for (int i = threadIdx.x; i < queries; i += blockDim.x) {
    out[i] = 0;
  }
  double scale = 0;
  for (int writing = 0; writing < 2; writing++) {
    double largest = 0;
    for (int i = threadIdx.x; i < pairs; i += blockDim.x) {
      int query = checked(queryOf[i], queries);
      int target = checked(targetOf[i], count);
      double p = 1;
      if (probabilityExponent != 0.0) {
        float logit = logits[(long) query * classes + checked(labels[target], classes)];
        p = finite ? 1 / (1 + exp(-(double) logit)) : (double) (1.0f / (1.0f + expf(-logit)));
      }
      double iou = iouOf(pairOf(boxes + 4L * query, truth + 4L * target));
      double t = position(p, iou, probabilityExponent, iouExponent, curve);
      largest = fmax(largest, t);
      if (writing) {
        out[query] = (float) (t * scale);
      }
    }
    largest = blockMax(largest, warps);  // its barriers also stand between the zeros and the targets
    scale = fmax(1.0, most / (largest + 1e-8));
  }
}

// total[1] = sum over heads of share (wc classes + wl L1 + wg giou), each summed over images, of classes[heads, images],
// boxes[heads, images, 2] and weights[heads, 4] = (share, wc, wl, wg). One thread.
extern "C" __global__ void total(
    const float* classes, const double* boxes, const double* weights, int heads, int images, float* total) {
  double sum = 0;
  for (int head = 0; head < heads; head++) {
    double classLoss = 0;
    double l1 = 0;
    double giou = 0;
    for (int i = head * images; i < (head + 1) * images; i++) {
      classLoss += classes[i];
      l1 += boxes[2 * i];
      giou += boxes[2 * i + 1];
    }
    const double* w = weights + 4 * head;
    sum += w[0] * (w[1] * classLoss + w[2] * l1 + w[3] * giou);
  }
  total[0] = (float) sum;
}
