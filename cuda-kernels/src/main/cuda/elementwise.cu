// Functions of single elements. Every kernel reads and writes each element once, neighbours by neighbouring threads, so
// that a warp moves whole 128-byte lines: these kernels run at the speed of memory and their arithmetic is free.
#include "common.cuh"

// The numbers are the ordinals of ElementwiseKernels.Unary.
enum Unary { NEGATE, ABS, EXP, LOG, SQRT, SQUARE, RECIPROCAL, SIGMOID, RELU, GELU, SIN, COS };

// Phi(x), the normal distribution function; erfc keeps its digits in the left tail, where 1 + erf would lose them.
__device__ __forceinline__ float normalCdf(float x) { return 0.5f * erfcf(-0.70710678f * x); }

__device__ __forceinline__ float apply(int op, float x) {
  switch (op) {
    case NEGATE: return -x;
    case ABS: return fabsf(x);
    case EXP: return expf(x);
    case LOG: return logf(x);
    case SQRT: return sqrtf(x);
    case SQUARE: return x * x;
    case RECIPROCAL: return 1.0f / x;
    case SIGMOID: return 1.0f / (1.0f + expf(-x));
    case RELU: return x < 0.0f ? 0.0f : x;  // lets NaN through
    case GELU: return x * normalCdf(x);
    case SIN: return sinf(x);
    default: return cosf(x);
  }
}

// op'(x) given also y = op(x), which saves a second exponential or root.
__device__ __forceinline__ float derivative(int op, float x, float y) {
  switch (op) {
    case NEGATE: return -1.0f;
    case ABS: return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
    case EXP: return y;
    case LOG: return 1.0f / x;
    case SQRT: return 0.5f / y;
    case SQUARE: return 2.0f * x;
    case RECIPROCAL: return -y * y;
    case SIGMOID: return y * (1.0f - y);
    case RELU: return x > 0.0f ? 1.0f : 0.0f;
    case GELU: return normalCdf(x) + x * 0.39894228f * expf(-0.5f * x * x);
    case SIN: return cosf(x);
    default: return -sinf(x);
  }
}

// out[n] = op(x[n]); the switch takes the same way in all threads, so it costs no divergence.
extern "C" __global__ void unary(int op, const float* x, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    out[i] = apply(op, x[i]);
  }
}

// gradX[n] = gradOut[n] op'(x[n])
extern "C" __global__ void unaryBackward(
    int op, const float* x, const float* y, const float* gradOut, float* gradX, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    gradX[i] = gradOut[i] * derivative(op, x[i], y[i]);
  }
}

// out[n] = scale x[n] + shift
extern "C" __global__ void affine(const float* x, float scale, float shift, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    out[i] = scale * x[i] + shift;
  }
}

// y[n] += alpha x[n]
extern "C" __global__ void axpy(float alpha, const float* x, float* y, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    y[i] += alpha * x[i];
  }
}

// out[n] = x[n] ^ exponent
extern "C" __global__ void power(const float* x, float exponent, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    out[i] = powf(x[i], exponent);
  }
}

// out[n] = min(max(x[n], low), high), letting NaN through
extern "C" __global__ void clampTo(const float* x, float low, float high, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    float value = x[i];
    out[i] = value < low ? low : value > high ? high : value;
  }
}

// gradX[n] = gradOut[n] where low <= x[n] <= high, else 0
extern "C" __global__ void clampBackward(
    const float* x, float low, float high, const float* gradOut, float* gradX, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    gradX[i] = x[i] >= low && x[i] <= high ? gradOut[i] : 0.0f;
  }
}

// out[m, covered] = mask[m] ? value : x[m, covered]
extern "C" __global__ void maskedFill(
    const float* x, const unsigned char* mask, int covered, float value, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    out[i] = mask[i / covered] ? value : x[i];
  }
}

// out[n] = max(a[n] + b[n], 0)
extern "C" __global__ void addRelu(const float* a, const float* b, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    float sum = a[i] + b[i];
    out[i] = sum < 0.0f ? 0.0f : sum;
  }
}

// out[n, 2 pairs] = sin and cos of x[n] / periods[2 i]. Neighbouring threads write neighbouring pairs; sinf and cosf reduce
// any argument exactly, which padding needs, whose positions are some millions.
extern "C" __global__ void sineCode(const float* x, const float* periods, int pairs, float* out, int n) {
  for (long i = gridStart(); i < (long) n * pairs; i += gridStep()) {
    float angle = x[i / pairs] / periods[2 * (i % pairs)];
    out[2 * i] = sinf(angle);
    out[2 * i + 1] = cosf(angle);
  }
}

// out[n / c, c] = x scale[c] + shift[c], then ReLU if asked. A null scale stands for 1 and a null shift for 0, so that
// the same kernel adds a bias and applies an activation after a product of cuBLAS.
extern "C" __global__ void channelAffine(
    const float* x, const float* scale, const float* shift, int channels, int relu, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    int channel = (int) (i % channels);
    float value = x[i] * (scale ? scale[channel] : 1.0f) + (shift ? shift[channel] : 0.0f);
    out[i] = relu && value < 0.0f ? 0.0f : value;
  }
}

// out[n] = 0 where number first + i of the stream with this key is below the rate, else factor. The numbers are counted,
// not carried along: any thread computes any of them, to the bits of SplitMix64.java.
extern "C" __global__ void dropout(long key, long first, float rate, float factor, float* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    unsigned long z = key + (first + i + 1) * 0x9E3779B97F4A7C15ul;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ul;
    z = (z ^ z >> 27) * 0x94D049BB133111EBul;
    z = z ^ z >> 31;
    out[i] = (float) (z >> 40) * 0x1p-24f < rate ? 0.0f : factor;
  }
}
