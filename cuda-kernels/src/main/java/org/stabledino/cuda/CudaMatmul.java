package org.stabledino.cuda;

import static org.stabledino.cuda.Kernels.Source.GEMM;

import org.stabledino.tensor.Activation;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.MixedPrecision;
import org.stabledino.tensor.Tensor;

/** Products by cuBLAS, or by {@code gemm.cu} where there is none. */
final class CudaMatmul implements MatmulKernels {
  private static final int TILE = 64;

  private final Kernels kernels;
  private final Blas blas;
  private final Bfloat16 bfloat16;

  /** The family on a device; without cuBLAS, {@code blas} and {@code bfloat16} are null. */
  CudaMatmul(Kernels kernels, Blas blas, Bfloat16 bfloat16) {
    this.kernels = kernels;
    this.blas = blas;
    this.bfloat16 = bfloat16;
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      Tensor a,
      Tensor b,
      Tensor bias,
      Activation activation,
      boolean accumulate,
      Tensor out) {
    int m = a.dim(transposeA ? 1 : 0);
    int k = a.dim(transposeA ? 0 : 1);
    int n = b.dim(transposeB ? 0 : 1);
    if (out.size() == 0) {
      return;
    }
    if (blas != null && k > 0) {
      blas(transposeA, transposeB, 1, m, n, k, 1f, a, b, accumulate ? 1f : 0f, out);
      CudaElementwise.finish(kernels, bias, activation, out);
    } else {
      int relu = activation == Activation.RELU ? 1 : 0;
      own(transposeA, transposeB, 1, m, n, k, a, b, bias, 1f, relu, accumulate, out);
    }
  }

  @Override
  public void batchedGemm(
      boolean transposeA, boolean transposeB, float scale, Tensor a, Tensor b, Tensor out) {
    int batch = a.dim(0);
    int m = a.dim(transposeA ? 2 : 1);
    int k = a.dim(transposeA ? 1 : 2);
    int n = b.dim(transposeB ? 1 : 2);
    if (out.size() == 0) {
      return;
    }
    if (blas != null && k > 0) {
      blas(transposeA, transposeB, batch, m, n, k, scale, a, b, 0f, out);
    } else {
      own(transposeA, transposeB, batch, m, n, k, a, b, null, scale, 0, false, out);
    }
  }

  private void blas(
      boolean transposeA,
      boolean transposeB,
      int batch,
      int m,
      int n,
      int k,
      float scale,
      Tensor a,
      Tensor b,
      float keep,
      Tensor out) {
    if (MixedPrecision.active()) {
      bfloat16.gemm(transposeA, transposeB, batch, m, n, k, scale, a, b, keep, out);
    } else {
      blas.gemm(transposeA, transposeB, batch, m, n, k, scale, a, b, keep, out);
    }
  }

  private void own(
      boolean transposeA,
      boolean transposeB,
      int batch,
      int m,
      int n,
      int k,
      Tensor a,
      Tensor b,
      Tensor bias,
      float scale,
      int relu,
      boolean accumulate,
      Tensor out) {
    String name = "gemm" + (transposeA ? 'T' : 'N') + (transposeB ? 'T' : 'N');
    long blocks = (long) batch * Grid.ceil(m, TILE) * Grid.ceil(n, TILE);
    Grid grid = Grid.of(Math.toIntExact(blocks), 256);
    kernels.launch(GEMM, name, grid, a, b, bias, m, n, k, scale, relu, accumulate ? 1 : 0, out);
  }
}
