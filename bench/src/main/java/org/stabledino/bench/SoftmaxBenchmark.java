package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Tensor;

/**
 * Softmax over rows, forward and backward.
 *
 * <p>The rows of the model are short: the 12 or 16 weights (levels times points) of one query and
 * head in deformable attention. A kernel tuned for long rows loses there. The long row is one of
 * the decoder's self attention, for comparison.
 */
public class SoftmaxBenchmark extends DeviceWorkload {
  /** Rows x length. */
  @Param({
    "small.decoder.weights 2880x12",
    "small.encoder.weights 5376x12",
    "r50.decoder.scores 8800x1100",
    "r50.encoder.weights 177784x16"
  })
  public String shape;

  private AttentionKernels kernels;
  private Tensor x;
  private Tensor y;
  private Tensor gradOut;
  private Tensor gradX;

  /** A benchmark without memory yet. */
  public SoftmaxBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = inputs();
    kernels = backend().attention();
    x = inputs.between(-4f, 4f, s.get(0), s.get(1));
    gradOut = inputs.uniform(s.get(0), s.get(1));
    y = empty(s.get(0), s.get(1));
    gradX = empty(s.get(0), s.get(1));
    forward();
  }

  @Override
  Work work(String method) {
    return Work.floats((method.equals("forward") ? 2 : 3) * NamedShape.of(shape).count());
  }

  // Maximum, exponentials and their sum, one division a row.

  /**
   * Softmax of every row.
   *
   * @return y
   */
  @Benchmark
  public Tensor forward() {
    kernels.softmax(x, y);
    return done(y);
  }

  // dx = y (dy - sum(y dy)).

  /**
   * The gradient of softmax.
   *
   * @return dx
   */
  @Benchmark
  public Tensor backward() {
    kernels.softmaxBackward(y, gradOut, gradX);
    return done(gradX);
  }
}
