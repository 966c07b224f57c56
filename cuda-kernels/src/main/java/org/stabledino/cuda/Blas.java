package org.stabledino.cuda;

import java.lang.ref.Reference;
import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.driver.CUdeviceptr;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasMath;
import jcuda.jcublas.cublasOperation;
import jcuda.jcublas.cublasStatus;
import jcuda.runtime.cudaStream_t;
import org.stabledino.tensor.Tensor;

/**
 * Products by cuBLAS.
 *
 * <p>cuBLAS sees matrices column by column, so a row-major matrix is its own transpose there: the
 * product {@code c = op(a) op(b)} is asked for as {@code c^T = op(b)^T op(a)^T}, which moves no
 * element.
 */
final class Blas {
  private final cublasHandle handle = new cublasHandle();

  /** cuBLAS on a stream; with TF32, inputs are rounded to 10 bits of mantissa. */
  Blas(CudaContext context, boolean tf32) {
    context.bind();
    check(JCublas2.cublasCreate(handle), "cublasCreate");
    check(JCublas2.cublasSetStream(handle, new cudaStream_t(context.stream())), "cublasSetStream");
    int mode = tf32 ? cublasMath.CUBLAS_TF32_TENSOR_OP_MATH : cublasMath.CUBLAS_DEFAULT_MATH;
    check(JCublas2.cublasSetMathMode(handle, mode), "cublasSetMathMode");
  }

  /** The version of the library; fails with a {@link LinkageError} where there is none. */
  static String version() {
    JCublas2.initialize();
    int[] part = new int[1];
    StringBuilder text = new StringBuilder();
    for (int type = 0; type < 3; type++) {
      check(JCublas2.cublasGetProperty(type, part), "cublasGetProperty");
      text.append(type == 0 ? "" : ".").append(part[0]);
    }
    return text.toString();
  }

  /**
   * {@code c[i] = alpha op(a[i]) op(b[i]) + beta c[i]}, all row-major and dense, k at least 1.
   *
   * @param transposeA whether a is [batch, k, m] instead of [batch, m, k]
   * @param transposeB whether b is [batch, n, k] instead of [batch, k, n]
   */
  void gemm(
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
    check(
        JCublas2.cublasSgemmStridedBatched(
            handle,
            transposeB ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            transposeA ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            n,
            m,
            k,
            Pointer.to(new float[] {alpha}),
            Kernels.pointer(b),
            transposeB ? k : n,
            (long) k * n,
            Kernels.pointer(a),
            transposeA ? m : k,
            (long) m * k,
            Pointer.to(new float[] {beta}),
            Kernels.pointer(c),
            n,
            (long) m * n,
            batch),
        "cublasSgemm");
    // Memory of a tensor that dies during the call must not be given back before it is queued.
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    Reference.reachabilityFence(c);
  }

  /**
   * The same with a and b in bfloat16, of which the products are exact in float32 and summed there;
   * c is float32.
   */
  void gemmBfloat16(
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
    check(
        // Without the ending it takes the type of the sum as cuBLAS 10 named it.
        JCublas2.cublasGemmStridedBatchedEx_new(
            handle,
            transposeB ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            transposeA ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N,
            n,
            m,
            k,
            Pointer.to(new float[] {alpha}),
            b,
            cudaDataType.CUDA_R_16BF,
            transposeB ? k : n,
            (long) k * n,
            a,
            cudaDataType.CUDA_R_16BF,
            transposeA ? m : k,
            (long) m * k,
            Pointer.to(new float[] {beta}),
            Kernels.pointer(c),
            cudaDataType.CUDA_R_32F,
            n,
            (long) m * n,
            batch,
            cublasComputeType.CUBLAS_COMPUTE_32F,
            cublasGemmAlgo.CUBLAS_GEMM_DEFAULT),
        "cublasGemmEx");
    Reference.reachabilityFence(c);
  }

  private static void check(int status, String call) {
    if (status != cublasStatus.CUBLAS_STATUS_SUCCESS) {
      throw new DriverException(call + " failed with " + cublasStatus.stringFor(status));
    }
  }
}
