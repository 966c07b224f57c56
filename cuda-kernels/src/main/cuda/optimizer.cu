// Updates of parameters in place: one pass over parameter, gradient and moments.
#include "common.cuh"

// AdamW: m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
//        p = decay p - rate m / (rootCorrection sqrt(v) + eps), with g already scaled by the clipping coefficient.
// decay = 1 - lr wd, rate = lr / (1 - beta1^t) and rootCorrection = 1 / sqrt(1 - beta2^t) come from the host in double.
extern "C" __global__ void adamW(
    float gradScale, float beta1, float beta2, float decay, float rate, float rootCorrection, float eps,
    float* parameter, const float* gradient, float* firstMoment, float* secondMoment, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    float g = gradient[i] * gradScale;
    float m = beta1 * firstMoment[i] + (1.0f - beta1) * g;
    float v = beta2 * secondMoment[i] + (1.0f - beta2) * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameter[i] = parameter[i] * decay - rate * m / (sqrtf(v) * rootCorrection + eps);
  }
}

// average[n] = decay average[n] + (1 - decay) value[n]
extern "C" __global__ void movingAverage(float* average, const float* value, float decay, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    average[i] = average[i] * decay + (1.0f - decay) * value[i];
  }
}
