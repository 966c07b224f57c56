package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.javacpp.FloatPointer;
import org.stabledino.bench.GemmBenchmark;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.Tensor;

/**
 * The products of a linear layer beside OpenBLAS and oneDNN. Bias and ReLU of the forward pass are
 * part of ours and of oneDNN's time; OpenBLAS computes the product alone.
 */
final class GemmPairs {
  private static final double TOLERANCE = 2e-5;
  private static final MatmulKernels KERNELS = Backend.of(Device.CPU).matmul();

  private GemmPairs() {}

  /** {@code out[m, n] = op(a) op(b)} over k, with bias and ReLU if there is a bias. */
  private record Product(
      boolean transposeA, boolean transposeB, int m, int n, int k, boolean epilogue) {}

  static Stream<Candidate> all() {
    return Shapes.of(GemmBenchmark.class).flatMap(GemmPairs::of);
  }

  private static Stream<Candidate> of(String shape) {
    NamedShape s = NamedShape.of(shape);
    int rows = s.get(0);
    int in = s.get(1);
    int out = s.get(2);
    return Stream.of(
        candidate("gemm.forward", shape, new Product(false, true, rows, out, in, true)),
        candidate("gemm.gradInput", shape, new Product(false, false, rows, in, out, false)),
        candidate("gemm.gradWeight", shape, new Product(true, false, out, in, rows, false)));
  }

  private static Candidate candidate(String op, String shape, Product product) {
    return new Candidate(op, shape, () -> pair(op, shape, product));
  }

  private static Pair pair(String op, String shape, Product p) {
    Inputs inputs = new Inputs();
    Tensor a = p.transposeA ? inputs.uniform(p.k, p.m) : inputs.uniform(p.m, p.k);
    Tensor b = p.transposeB ? inputs.uniform(p.n, p.k) : inputs.uniform(p.k, p.n);
    Tensor bias = p.epilogue ? inputs.uniform(p.n) : null;
    Tensor out = Tensor.empty(p.m, p.n);
    Activation activation = p.epilogue ? Activation.RELU : Activation.NONE;
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () -> KERNELS.gemm(p.transposeA, p.transposeB, a, b, bias, activation, false, out),
            out::toFloats);
    double size = (double) p.m * p.n;
    double reads = (double) p.m * p.k + (double) p.k * p.n;
    return new Pair(
        op,
        shape,
        Effort.of(2 * size * p.k, reads + size),
        Goal.speed(p.k <= 128 ? 0.95 : 1),
        TOLERANCE,
        java,
        peers(p, a, b, bias));
  }

  private static List<Contestant> peers(Product p, Tensor a, Tensor b, Tensor bias) {
    FloatPointer left = Blas.copy(a);
    FloatPointer right = Blas.copy(b);
    FloatPointer shift = bias == null ? null : Blas.copy(bias);
    FloatPointer out = Blas.array(p.m * p.n);
    Supplier<float[]> result = () -> Blas.floats(out, p.m * p.n);
    String alone = p.epilogue ? " (product alone)" : "";
    return List.of(
        new Contestant(
            "OpenBLAS" + alone,
            () -> Blas.product(p.transposeA, p.transposeB, p.m, p.n, p.k, left, right, out),
            () -> withEpilogue(result.get(), bias)),
        new Contestant(
            "oneDNN",
            Dnnl.product(p.transposeA, p.transposeB, p.m, p.n, p.k, left, right, shift, out),
            result));
  }

  /** Adds the bias and cuts at zero, for the comparison of numbers. */
  private static float[] withEpilogue(float[] product, Tensor bias) {
    if (bias != null) {
      float[] shift = bias.toFloats();
      for (int i = 0; i < product.length; i++) {
        product[i] = Math.max(0, product[i] + shift[i % shift.length]);
      }
    }
    return product;
  }
}
