// Operands of products in bfloat16, the upper half of a float32: sign, all 8 bits of the exponent, 7 bits of mantissa.
//
// Products of two such numbers are exact in float32, where the tensor cores add them up; so rounding the operands, here,
// is all that is lost. One thread an element, neighbouring threads at neighbouring addresses of the result.
#include "common.cuh"
#include "windows.cuh"

// The nearest bfloat16; of two equally near ones that with an even last bit. Beyond the largest it is infinite. Adding just
// less than half of the last bit, and one more if that bit is set, carries into it exactly when it must be rounded up.
__device__ __forceinline__ unsigned short rounded(float x) {
  unsigned bits = __float_as_uint(x);
  return x == x ? (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16 : 0x7fc0;  // a carry may not turn NaN into infinity
}

// out[n] = x[n]
extern "C" __global__ void toBfloat16(const float* x, unsigned short* out, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    out[i] = rounded(x[i]);
  }
}

// out[n / columns, columns = inputs * k*k]: the windows of x from the one numbered first. Columns are in the weight's
// order, [input, ky, kx], so that the weight and its gradient are used as they lie.
extern "C" __global__ void windows(const float* x, Geometry g, int first, unsigned short* out, int n) {
  int taps = g.kernel * g.kernel;
  int columns = g.inputs * taps;
  for (long i = gridStart(); i < n; i += gridStep()) {
    int column = (int) (i % columns);
    out[i] = rounded(inWindow(x, g, first + (int) (i / columns), column % taps, column / taps));
  }
}

// out[n / columns, columns = k*k * outputs]: for each pixel from the one numbered first, and each tap, the gradient of
// the window that reads the pixel by that tap.
extern "C" __global__ void readers(const float* gradOut, Geometry g, int first, unsigned short* out, int n) {
  int columns = g.kernel * g.kernel * g.outputs;
  for (long i = gridStart(); i < n; i += gridStep()) {
    int column = (int) (i % columns);
    out[i] = rounded(ofReader(gradOut, g, first + (int) (i / columns), column / g.outputs, column % g.outputs));
  }
}

// out[k*k, outputs, inputs] = weight[outputs, inputs, k*k], what the matrix of readers is multiplied with.
extern "C" __global__ void weightByTap(const float* weight, Geometry g, unsigned short* out, int n) {
  int taps = g.kernel * g.kernel;
  for (long i = gridStart(); i < n; i += gridStep()) {
    long input = i % g.inputs;
    long output = i / g.inputs % g.outputs;
    long tap = i / g.inputs / g.outputs;
    out[i] = rounded(weight[(output * g.inputs + input) * taps + tap]);
  }
}
