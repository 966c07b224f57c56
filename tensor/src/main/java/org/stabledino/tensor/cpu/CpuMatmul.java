package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Activation;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Matrix products: shapes here, arithmetic in {@link Gemm}. */
final class CpuMatmul implements MatmulKernels {
  /** Matrices of a batch are shared out in chunks of about this many multiply-adds. */
  private static final long CHUNK = 1 << 16;

  private final Gemm gemm;
  private final ElementwiseLoops elementwise;
  private final Parallel parallel;

  /** The family by these loops, on these threads. */
  CpuMatmul(CpuProvider provider, Parallel parallel) {
    this.gemm = new Gemm(provider.tiles(), parallel);
    this.elementwise = provider.elementwise();
    this.parallel = parallel;
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
    ShapeMismatchException.check("gemm", "b", b, transposeB ? n : k, transposeB ? k : n);
    ShapeMismatchException.check("gemm", "out", out, m, n);
    if (bias != null) {
      ShapeMismatchException.check("gemm", "bias", bias, n);
    }
    gemm.multiply(
        transposeA,
        transposeB,
        m,
        n,
        k,
        a.floats(),
        a.offset(),
        a.dim(1),
        b.floats(),
        b.offset(),
        b.dim(1),
        out.floats(),
        out.offset(),
        n,
        bias == null ? null : bias.floats(),
        bias == null ? 0 : bias.offset(),
        activation,
        accumulate);
  }

  @Override
  public void batchedGemm(
      boolean transposeA, boolean transposeB, float scale, Tensor a, Tensor b, Tensor out) {
    int batch = a.dim(0);
    int m = a.dim(transposeA ? 2 : 1);
    int k = a.dim(transposeA ? 1 : 2);
    int n = b.dim(transposeB ? 1 : 2);
    ShapeMismatchException.check(
        "batchedGemm", "b", b, batch, transposeB ? n : k, transposeB ? k : n);
    ShapeMismatchException.check("batchedGemm", "out", out, batch, m, n);
    float[] c = out.floats();
    Parallel.Task task =
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int at = out.offset() + i * m * n;
            gemm.multiply(
                transposeA,
                transposeB,
                m,
                n,
                k,
                a.floats(),
                a.offset() + i * m * k,
                a.dim(2),
                b.floats(),
                b.offset() + i * k * n,
                b.dim(2),
                c,
                at,
                n,
                null,
                0,
                Activation.NONE,
                false);
            if (scale != 1f) {
              elementwise.affine(c, at, scale, 0f, c, at, m * n);
            }
          }
        };
    long work = Math.max(1, (long) m * n * k);
    if (batch < 4 && work > 16 * CHUNK) {
      task.run(0, batch); // few and large: each is shared out by itself
    } else {
      parallel.run(batch, (int) Math.max(1, Math.min(batch, CHUNK / work)), task);
    }
  }
}
