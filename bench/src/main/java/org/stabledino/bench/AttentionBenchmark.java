package org.stabledino.bench;

import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/**
 * Dense multi-head attention as the decoder's self attention uses it: every query sees every query,
 * except where the denoising mask forbids it.
 */
public class AttentionBenchmark extends DeviceWorkload {
  /** B x queries x channels, heads: with denoising queries (180, 1100) and without (60, 900). */
  @Param({
    "small.evaluation 1x60x64 heads 8",
    "small.training 2x180x64 heads 8",
    "r50.evaluation 1x900x256 heads 8",
    "r50.training 1x1100x256 heads 8"
  })
  public String shape;

  private AttentionKernels kernels;
  private int heads;
  private float scale;
  private Mask mask;
  private Tensor q;
  private Tensor k;
  private Tensor v;
  private Tensor out;
  private Tensor logSumExp;
  private Tensor gradOut;
  private Tensor gradQ;
  private Tensor gradK;
  private Tensor gradV;

  /** A benchmark without memory yet. */
  public AttentionBenchmark() {}

  /** Makes the operands and the statistics that the backward pass reads. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    int batch = s.get(0);
    int queries = s.get(1);
    int channels = s.get(2);
    heads = s.get(3);
    scale = (float) (1 / Math.sqrt(channels / (double) heads));
    Inputs inputs = inputs();
    kernels = backend().attention();
    mask = new Mask(blocked(queries).to(DEVICE), null, null);
    q = inputs.uniform(batch, queries, channels);
    k = inputs.uniform(batch, queries, channels);
    v = inputs.uniform(batch, queries, channels);
    gradOut = inputs.uniform(batch, queries, channels);
    out = empty(batch, queries, channels);
    logSumExp = empty(batch, heads, queries);
    gradQ = empty(batch, queries, channels);
    gradK = empty(batch, queries, channels);
    gradV = empty(batch, queries, channels);
    forward();
  }

  /**
   * The mask of training: the last five sixths of the queries must not see the first sixth, the
   * denoising ones.
   *
   * @param queries N
   * @return true where a row must not see a column, bool [N, N]
   */
  public static Tensor blocked(int queries) {
    byte[] blocked = new byte[queries * queries];
    int denoising = queries / 6;
    for (int i = denoising; i < queries; i++) {
      Arrays.fill(blocked, i * queries, i * queries + denoising, (byte) 1);
    }
    return Tensor.of(DType.BOOL, blocked, queries, queries);
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    double product = 2.0 * s.get(0) * s.get(1) * s.get(1) * s.get(2);
    return Work.flop(product * (method.equals("forward") ? 2 : 5));
  }

  // Two products a head: the scores, and their softmax times the values. The scores never reach
  // memory as a whole; blocked pairs are computed all the same, and counted.

  /**
   * {@code softmax(scale q k^T + mask) v}.
   *
   * @return the attended values
   */
  @Benchmark
  public Tensor forward() {
    kernels.attention(q, k, v, heads, scale, mask, out, logSumExp);
    return done(out);
  }

  // Five products: the scores once more, and one for each of the gradients of v, of the
  // probabilities, of q and of k.

  /**
   * The gradients of q, k and v.
   *
   * @return dq
   */
  @Benchmark
  public Tensor backward() {
    kernels.attentionBackward(
        gradOut, q, k, v, heads, scale, mask, out, logSumExp, gradQ, gradK, gradV, null);
    return done(gradQ);
  }
}
