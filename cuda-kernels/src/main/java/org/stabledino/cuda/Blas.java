package org.stabledino.cuda;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import org.stabledino.tensor.Tensor;

/**
 * Products by cuBLAS.
 *
 * <p>cuBLAS sees matrices column by column, so a row-major matrix is its own transpose there: the
 * product {@code c = op(a) op(b)} is asked for as {@code c^T = op(b)^T op(a)^T}, which moves no
 * element.
 */
final class Blas {
  // The constants of cublas_api.h.
  private static final int DEFAULT_MATH = 0;
  private static final int TF32_MATH = 3;
  private static final int AS_IT_IS = 0;
  private static final int TRANSPOSED = 1;
  private static final int COMPUTE_32F = 68;
  private static final int DEFAULT_ALGORITHM = -1;

  private final CublasLibrary library;
  private final MemorySegment handle;

  /** The factors of a product, which cuBLAS reads during the call. */
  private final MemorySegment alphaBeta = Arena.ofAuto().allocate(JAVA_FLOAT, 2);

  /** cuBLAS on a stream; with TF32, inputs are rounded to 10 bits of mantissa. */
  Blas(CudaContext context, CublasLibrary library, boolean tf32) {
    this.library = library;
    context.bind();
    handle = library.create(Address.of(context.stream()), tf32 ? TF32_MATH : DEFAULT_MATH);
  }

  /**
   * {@code c[i] = alpha op(a[i]) op(b[i]) + beta c[i]}, all row-major and dense, k at least 1.
   *
   * @param transposeA whether a is [batch, k, m] instead of [batch, m, k]
   * @param transposeB whether b is [batch, n, k] instead of [batch, k, n]
   */
  synchronized void gemm(
      boolean transposeA,
      boolean transposeB,
      int batch,
      int m,
      int n,
      int k,
      float alpha,
      Tensor a,
      Tensor b,
      float beta,
      Tensor c) {
    try {
      int status =
          (int)
              library
                  .sgemm()
                  .invokeExact(
                      handle,
                      transposeB ? TRANSPOSED : AS_IT_IS,
                      transposeA ? TRANSPOSED : AS_IT_IS,
                      n,
                      m,
                      k,
                      factor(0, alpha),
                      Address.of(Kernels.pointer(b)),
                      transposeB ? k : n,
                      (long) k * n,
                      Address.of(Kernels.pointer(a)),
                      transposeA ? m : k,
                      (long) m * k,
                      factor(1, beta),
                      Address.of(Kernels.pointer(c)),
                      n,
                      (long) m * n,
                      batch);
      library.check(status, "cublasSgemm");
    } catch (Throwable e) {
      throw CublasLibrary.rethrow(e);
    }
    // Memory of a tensor that dies during the call must not be given back before it is queued.
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }

  /**
   * The same with a and b in bfloat16, of which the products are exact in float32 and summed there;
   * c is float32.
   */
  synchronized void gemmBfloat16(
      boolean transposeA,
      boolean transposeB,
      int batch,
      int m,
      int n,
      int k,
      float alpha,
      CUdeviceptr a,
      CUdeviceptr b,
      float beta,
      Tensor c) {
    try {
      int status =
          (int)
              library
                  .gemmEx()
                  .invokeExact(
                      handle,
                      transposeB ? TRANSPOSED : AS_IT_IS,
                      transposeA ? TRANSPOSED : AS_IT_IS,
                      n,
                      m,
                      k,
                      factor(0, alpha),
                      Address.of(b),
                      cudaDataType.CUDA_R_16BF,
                      transposeB ? k : n,
                      (long) k * n,
                      Address.of(a),
                      cudaDataType.CUDA_R_16BF,
                      transposeA ? m : k,
                      (long) m * k,
                      factor(1, beta),
                      Address.of(Kernels.pointer(c)),
                      cudaDataType.CUDA_R_32F,
                      n,
                      (long) m * n,
                      batch,
                      COMPUTE_32F,
                      DEFAULT_ALGORITHM);
      library.check(status, "cublasGemmEx");
    } catch (Throwable e) {
      throw CublasLibrary.rethrow(e);
    }
    Reference.reachabilityFence(c);
  }

  private MemorySegment factor(int place, float value) {
    alphaBeta.setAtIndex(JAVA_FLOAT, place, value);
    return alphaBeta.asSlice(place * JAVA_FLOAT.byteSize(), JAVA_FLOAT);
  }
}
