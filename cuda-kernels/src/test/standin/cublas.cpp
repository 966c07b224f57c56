// A stand-in for libcublas.so.12, or of another version (CUBLAS_MAJOR): the products the backend calls, column-major as
// cuBLAS has them.
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define API extern "C" __attribute__((visibility("default")))

extern "C" int standinCheck(const char* who);
extern "C" void standinFlush(void* stream);
extern "C" int standinInside(const void* pointer, size_t bytes);

enum { SUCCESS = 0, INVALID_VALUE = 7, EXECUTION_FAILED = 13, NOT_SUPPORTED = 15 };
enum { R_32F = 0, R_16BF = 14, COMPUTE_32F = 68 };

// A handle is the place of its stream.
API int cublasCreate_v2(void** handle) {
  *handle = new void*(nullptr);
  return SUCCESS;
}
API int cublasDestroy_v2(void* handle) {
  delete static_cast<void**>(handle);
  return SUCCESS;
}
API int cublasGetProperty(int part, int* value) {
  *value = part == 0 ? CUBLAS_MAJOR : 0;
  return SUCCESS;
}
API int cublasSetStream_v2(void* handle, void* stream) {
  *static_cast<void**>(handle) = stream;
  return SUCCESS;
}
API int cublasSetMathMode(void*, int) { return SUCCESS; }

namespace {

size_t extent(int rows, int columns, int leading) { return rows && columns ? (size_t) leading * (columns - 1) + rows : 0; }

float widened(float x) { return x; }

// A bfloat16 is the upper half of a float32.
float widened(uint16_t x) {
  uint32_t bits = (uint32_t) x << 16;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

template <typename T>
void multiply(
    bool ta, bool tb, int m, int n, int k, float alpha, const T* a, int lda, const T* b, int ldb, float beta, float* c,
    int ldc) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++) {
      float sum = 0;
      for (int p = 0; p < k; p++) {
        sum += widened(a[ta ? (size_t) i * lda + p : (size_t) p * lda + i])
            * widened(b[tb ? (size_t) p * ldb + j : (size_t) j * ldb + p]);
      }
      float* target = c + (size_t) j * ldc + i;
      *target = alpha * sum + (beta == 0 ? 0 : beta * *target);
    }
  }
}

template <typename T>
int batched(
    void* handle, const char* name, int ta, int tb, int m, int n, int k, const float* alpha, const T* a, int lda, long long strideA,
    const T* b, int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC, int batch) {
  if (m < 0 || n < 0 || k < 0 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || lda < 1 || ldb < 1 || ldc < 1) {
    return INVALID_VALUE;
  }
  standinFlush(*static_cast<void**>(handle));  // as a launch
  for (int i = 0; i < batch; i++) {
    const T* left = a + i * strideA;
    const T* right = b + i * strideB;
    float* out = c + i * strideC;
    bool fits = standinInside(left, sizeof(T) * (ta ? extent(k, m, lda) : extent(m, k, lda)))
        && standinInside(right, sizeof(T) * (tb ? extent(n, k, ldb) : extent(k, n, ldb)))
        && standinInside(out, 4 * extent(m, n, ldc));
    if (!fits) {
      return INVALID_VALUE;
    }
    multiply(ta, tb, m, n, k, *alpha, left, lda, right, ldb, *beta, out, ldc);
  }
  return standinCheck(name) == 0 ? SUCCESS : EXECUTION_FAILED;
}

}  // namespace

API int cublasSgemmStridedBatched(
    void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, long long strideA,
    const float* b, int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC, int batch) {
  return batched(
      handle, "cublasSgemm", ta, tb, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC, batch);
}

// Of bfloat16 only, summed in float32, as the one combination the backend asks for.
API int cublasGemmStridedBatchedEx(
    void* handle, int ta, int tb, int m, int n, int k, const void* alpha, const void* a, int typeA, int lda,
    long long strideA, const void* b, int typeB, int ldb, long long strideB, const void* beta, void* c, int typeC, int ldc,
    long long strideC, int batch, int compute, int) {
  if (typeA != R_16BF || typeB != R_16BF || typeC != R_32F || compute != COMPUTE_32F) {
    return NOT_SUPPORTED;
  }
  return batched(
      handle, "cublasGemmEx", ta, tb, m, n, k, static_cast<const float*>(alpha), static_cast<const uint16_t*>(a), lda, strideA,
      static_cast<const uint16_t*>(b), ldb, strideB, static_cast<const float*>(beta), static_cast<float*>(c), ldc,
      strideC, batch);
}

API int cublasSgemm_v2(
    void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
    int ldb, const float* beta, float* c, int ldc) {
  return cublasSgemmStridedBatched(handle, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}
