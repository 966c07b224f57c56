// Stands for libcublas.so.12 where a machine has libcublas.so.13 alone.
//
// JCuda's binding, libJCublas2, is linked to the library libcublas.so.12 and to its symbols of the version of the same
// name, so no other file satisfies the loader, whatever it is called. This one does: it has that name (SONAME), defines the
// functions that the backend calls under that version (cublas12.map), and passes each call on to the function of the
// same name in libcublas.so.13. Types, constants and arguments of these functions are the same in both versions.
// libJCublas2 binds its functions when they are called, so it loads although the others are missing here.
//
// Compiled by ../../../compile-forward, which also says how it stays free of recent versions of glibc.
#include <dlfcn.h>

// Their versions of the first x86-64 glibc, which every later one still has.
__asm__(".symver dlopen, dlopen@GLIBC_2.2.5");
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");

#define API __attribute__((visibility("default")))

// CublasForwardTest compares it with the sources.
API const char cublas12Source[] = "source-sha256: " SOURCE_SHA256;

// A function, and where its calls go: the function of that name in libcublas.so.13.
#define FORWARD(name, parameters, arguments) \
  static int(*next_##name) parameters;       \
  API int name parameters { return next_##name arguments; }

FORWARD(cublasGetProperty, (int part, int* value), (part, value))

FORWARD(cublasCreate_v2, (void** handle), (handle))

FORWARD(cublasSetStream_v2, (void* handle, void* stream), (handle, stream))

FORWARD(cublasSetMathMode, (void* handle, int mode), (handle, mode))

FORWARD(
    cublasSgemmStridedBatched,
    (void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, long long strideA,
     const float* b, int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC, int batch),
    (handle, ta, tb, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC, batch))

FORWARD(
    cublasGemmStridedBatchedEx,
    (void* handle, int ta, int tb, int m, int n, int k, const void* alpha, const void* a, int typeA, int lda,
     long long strideA, const void* b, int typeB, int ldb, long long strideB, const void* beta, void* c, int typeC,
     int ldc, long long strideC, int batch, int compute, int algorithm),
    (handle, ta, tb, m, n, k, alpha, a, typeA, lda, strideA, b, typeB, ldb, strideB, beta, c, typeC, ldc, strideC,
     batch, compute, algorithm))

// Java calls it when it loads the library. Where a function is missing it returns what is no version of JNI, so that
// System.load fails and no later call finds an empty pointer.
API int JNI_OnLoad(void* vm, void* reserved) {
  (void) vm;
  (void) reserved;
  void* library = dlopen("libcublas.so.13", RTLD_LAZY | RTLD_LOCAL);
  if (!library) {
    return -1;
  }
#define FIND(name)                                              \
  next_##name = (__typeof__(next_##name)) dlsym(library, #name); \
  if (!next_##name) {                                           \
    return -1;                                                  \
  }
  FIND(cublasGetProperty)
  FIND(cublasCreate_v2)
  FIND(cublasSetStream_v2)
  FIND(cublasSetMathMode)
  FIND(cublasSgemmStridedBatched)
  FIND(cublasGemmStridedBatchedEx)
  return 0x00010008;
}
