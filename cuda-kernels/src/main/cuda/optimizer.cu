// Updates of parameters in place: one pass over parameter, gradient and moments. They follow a coefficient in device
// memory, so that nobody has to know it before they are queued: where it is NaN they change nothing.
#include "common.cuh"

// coefficient[1] = min(1, maxNorm / (norm + 1e-6)), of the norm whose square is given; NaN where that or loss[1] is not
// finite. One thread.
extern "C" __global__ void clipping(const double* sumOfSquares, const float* loss, double maxNorm, float* coefficient) {
  double norm = sqrt(sumOfSquares[0]);
  bool finite = norm < INFINITY && fabsf(loss[0]) < INFINITY;
  coefficient[0] = finite ? (float) fmin(1.0, maxNorm / (norm + 1e-6)) : NAN;
}

// AdamW: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
//        p = decay p - rate m / (rootCorrection sqrt(v) + eps), with g already scaled by coefficient[1].
// decay = 1 - lr wd, rate = lr / (1 - beta1^t) and rootCorrection = 1 / sqrt(1 - beta2^t) come from the host in double.
extern "C" __global__ void adamW(
    const float* coefficient, float beta1, float beta2, float decay, float rate, float rootCorrection, float eps,
    float* parameter, const float* gradient, float* firstMoment, float* secondMoment, int n) {
  float gradScale = coefficient[0];
  long end = isnan(gradScale) ? 0 : n;
  for (long i = gridStart(); i < end; i += gridStep()) {
    float g = gradient[i] * gradScale;
    float m = beta1 * firstMoment[i] + (1.0f - beta1) * g;
    float v = beta2 * secondMoment[i] + (1.0f - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameter[i] = parameter[i] * decay - rate * m / (sqrtf(v) * rootCorrection + eps);
  }
}

// average[n] = decay average[n] + (1 - decay) value[n]. The coefficient may be null.
extern "C" __global__ void movingAverage(
    float* average, const float* value, float decay, const float* coefficient, int n) {
  long end = coefficient && isnan(coefficient[0]) ? 0 : n;
  for (long i = gridStart(); i < end; i += gridStep()) {
    average[i] = average[i] * decay + (1.0f - decay) * value[i];
  }
}
