// A stand-in for libcublas.so.12: the two products the backend calls, column-major as cuBLAS has them.
#include <stddef.h>
#include <stdint.h>

#define API extern "C" __attribute__((visibility("default")))

extern "C" int standinCheck(const char* who);
extern "C" int standinInside(const void* pointer, size_t bytes);

enum { SUCCESS = 0, INVALID_VALUE = 7, EXECUTION_FAILED = 13 };

API int cublasCreate_v2(void** handle) {
  *handle = new int(0);
  return SUCCESS;
}
API int cublasDestroy_v2(void* handle) {
  delete static_cast<int*>(handle);
  return SUCCESS;
}
API int cublasGetProperty(int part, int* value) {
  *value = part == 0 ? 12 : 0;
  return SUCCESS;
}
API int cublasSetStream_v2(void*, void*) { return SUCCESS; }
API int cublasSetMathMode(void*, int) { return SUCCESS; }

namespace {

size_t extent(int rows, int columns, int leading) { return rows && columns ? (size_t) leading * (columns - 1) + rows : 0; }

void multiply(
    bool ta, bool tb, int m, int n, int k, float alpha, const float* a, int lda, const float* b, int ldb, float beta,
    float* c, int ldc) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++) {
      float sum = 0;
      for (int p = 0; p < k; p++) {
        sum += a[ta ? (size_t) i * lda + p : (size_t) p * lda + i] * b[tb ? (size_t) p * ldb + j : (size_t) j * ldb + p];
      }
      float* target = c + (size_t) j * ldc + i;
      *target = alpha * sum + (beta == 0 ? 0 : beta * *target);
    }
  }
}

}  // namespace

API int cublasSgemmStridedBatched(
    void*, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, long long strideA,
    const float* b, int ldb, long long strideB, const float* beta, float* c, int ldc, long long strideC, int batch) {
  if (m < 0 || n < 0 || k < 0 || lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m || lda < 1 || ldb < 1 || ldc < 1) {
    return INVALID_VALUE;
  }
  for (int i = 0; i < batch; i++) {
    const float* left = a + i * strideA;
    const float* right = b + i * strideB;
    float* out = c + i * strideC;
    bool fits = standinInside(left, 4 * (ta ? extent(k, m, lda) : extent(m, k, lda)))
        && standinInside(right, 4 * (tb ? extent(n, k, ldb) : extent(k, n, ldb)))
        && standinInside(out, 4 * extent(m, n, ldc));
    if (!fits) {
      return INVALID_VALUE;
    }
    multiply(ta, tb, m, n, k, *alpha, left, lda, right, ldb, *beta, out, ldc);
  }
  return standinCheck("cublasSgemm") == 0 ? SUCCESS : EXECUTION_FAILED;
}

API int cublasSgemm_v2(
    void* handle, int ta, int tb, int m, int n, int k, const float* alpha, const float* a, int lda, const float* b,
    int ldb, const float* beta, float* c, int ldc) {
  return cublasSgemmStridedBatched(handle, ta, tb, m, n, k, alpha, a, lda, 0, b, ldb, 0, beta, c, ldc, 0, 1);
}
