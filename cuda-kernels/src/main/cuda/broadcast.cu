// out = op(a, b), the shapes broadcast as in NumPy.
//
// The host merges neighbouring axes that both operands cross in the same way, so [B, H, W, C] with [C] arrives as two
// axes and equal shapes as one. A stretched axis has stride 0: its elements are read again, from the cache.
#include "common.cuh"

#define MAX_AXES 8

// Axes from the innermost outwards.
struct Walk {
  int rank;
  int dims[MAX_AXES];
  int aStrides[MAX_AXES];
  int bStrides[MAX_AXES];
};

// The numbers are the ordinals of ElementwiseKernels.Binary.
enum Binary { ADD, SUBTRACT, MULTIPLY, DIVIDE, MINIMUM, MAXIMUM };

__device__ __forceinline__ float apply(int op, float a, float b) {
  switch (op) {
    case ADD: return a + b;
    case SUBTRACT: return a - b;
    case MULTIPLY: return a * b;
    case DIVIDE: return a / b;
    case MINIMUM: return a < b || a != a ? a : b;  // a NaN on either side wins
    default: return a > b || a != a ? a : b;
  }
}

// out[n], n the product of the walk's dims
extern "C" __global__ void binary(int op, const float* a, const float* b, float* out, Walk walk, int n) {
  for (long i = gridStart(); i < n; i += gridStep()) {
    long rest = i;
    long aAt = 0;
    long bAt = 0;
    for (int axis = 0; axis < walk.rank; axis++) {
      int index = (int) (rest % walk.dims[axis]);
      rest /= walk.dims[axis];
      aAt += (long) index * walk.aStrides[axis];
      bAt += (long) index * walk.bStrides[axis];
    }
    out[i] = apply(op, a[aAt], b[bAt]);
  }
}
