package org.stabledino.tensor;

/** Matrix products behind a check of their arguments. */
record CheckedMatmul(MatmulKernels kernels) implements MatmulKernels {

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
    Checks.floats("gemm", "a b bias out", a, b, bias, out);
    Checks.rank("gemm", "a", a, 2);
    Checks.rank("gemm", "b", b, 2);
    int m = a.dim(transposeA ? 1 : 0);
    int k = a.dim(transposeA ? 0 : 1);
    int n = b.dim(transposeB ? 0 : 1);
    Checks.shape("gemm", "b", b, transposeB ? n : k, transposeB ? k : n);
    Checks.shape("gemm", "bias", bias, n);
    Checks.shape("gemm", "out", out, m, n);
    if (accumulate && bias != null) {
      throw Checks.wrong("gemm", "bias", "null where it accumulates", "given");
    }
    if (accumulate && activation != Activation.NONE) {
      throw Checks.wrong("gemm", "activation", "NONE where it accumulates", activation);
    }
    kernels.gemm(transposeA, transposeB, a, b, bias, activation, accumulate, out);
  }

  @Override
  public void batchedGemm(
      boolean transposeA, boolean transposeB, float scale, Tensor a, Tensor b, Tensor out) {
    Checks.floats("batchedGemm", "a b out", a, b, out);
    Checks.rank("batchedGemm", "a", a, 3);
    Checks.rank("batchedGemm", "b", b, 3);
    int batch = a.dim(0);
    int m = a.dim(transposeA ? 2 : 1);
    int k = a.dim(transposeA ? 1 : 2);
    int n = b.dim(transposeB ? 1 : 2);
    Checks.shape("batchedGemm", "b", b, batch, transposeB ? n : k, transposeB ? k : n);
    Checks.shape("batchedGemm", "out", out, batch, m, n);
    kernels.batchedGemm(transposeA, transposeB, scale, a, b, out);
  }
}
