// Included before a .cu file so that g++ can compile it: CUDA's words in plain C++.
//
// The threads of a block are fibres that take turns on one OS thread, so __shared__ variables are thread-local ones, and
// a barrier is a place where a fibre lets the others run (blocks.cpp). The sources of the product are compiled unchanged.
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <type_traits>
#include <utility>

struct StandInDim {
  unsigned x, y, z;
};

namespace standin {

// What a kernel asks about the thread that runs it.
struct Place {
  StandInDim thread, block, blockSize, gridSize;
};

extern "C" const Place* standinPlace();
extern "C" void standinBarrier(const char* file, int line);
extern "C" uint64_t standinShuffleXor(unsigned mask, uint64_t bits, int distance, const char* file, int line);
extern "C" void standinTrap(const char* file, int line);

template <typename T>
T shuffleXor(unsigned mask, T value, int distance, const char* file, int line) {
  uint64_t bits = 0;
  memcpy(&bits, &value, sizeof(T));
  bits = standinShuffleXor(mask, bits, distance, file, line);
  memcpy(&value, &bits, sizeof(T));
  return value;
}

// Calls a kernel with the driver's array of pointers to arguments.
template <typename... A, size_t... I>
void call(void (*kernel)(A...), void** arguments, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_reference_t<A>*>(arguments[I])...);
}

template <typename... A>
void call(void (*kernel)(A...), void** arguments) {
  call(kernel, arguments, std::index_sequence_for<A...>());
}

// The sizes of a kernel's parameters, negative for pointers; 0 ends them.
template <typename... A>
const int* parameters(void (*)(A...)) {
  static const int sizes[] = {(std::is_pointer<A>::value ? -1 : 1) * static_cast<int>(sizeof(A))..., 0};
  return sizes;
}

}  // namespace standin

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __shared__ static thread_local

#define threadIdx (standin::standinPlace()->thread)
#define blockIdx (standin::standinPlace()->block)
#define blockDim (standin::standinPlace()->blockSize)
#define gridDim (standin::standinPlace()->gridSize)

#define __syncthreads() standin::standinBarrier(__FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, distance) standin::shuffleXor(mask, value, distance, __FILE__, __LINE__)
#define __trap() standin::standinTrap(__FILE__, __LINE__)

using std::max;
using std::min;

inline unsigned __float_as_uint(float value) {
  unsigned bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Blocks run on several OS threads, so additions are truly atomic.
inline int atomicAdd(int* address, int value) { return __atomic_fetch_add(address, value, __ATOMIC_RELAXED); }

inline float atomicAdd(float* address, float value) {
  uint32_t* bits = reinterpret_cast<uint32_t*>(address);
  uint32_t seen = __atomic_load_n(bits, __ATOMIC_RELAXED);
  while (true) {
    float before;
    memcpy(&before, &seen, sizeof before);
    float after = before + value;
    uint32_t wanted;
    memcpy(&wanted, &after, sizeof wanted);
    if (__atomic_compare_exchange_n(bits, &seen, wanted, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      return before;
    }
  }
}

// Exports a kernel to the stand-in driver; the test build adds one line for each kernel it finds.
#define STANDIN_ENTRY(name) \
  extern "C" void standin_entry_##name(void** arguments) { standin::call(name, arguments); } \
  extern "C" const int* standin_parameters_##name() { return standin::parameters(name); }
