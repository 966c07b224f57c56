package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.LANES;
import static org.stabledino.bench.ladder.Tile.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.Tensor;

/**
 * GELU, the activation of Swin's blocks: {@code y = x (1 + erf(x / sqrt(2))) / 2}, with the exact
 * error function, not the formula with a hyperbolic tangent that some networks take for it.
 */
public class GeluLadder extends Ladder {
  /** Tokens x hidden channels: the third stage of Swin-T at 800 x 1333. */
  @Param({"small 12x64", "swin.stage3 4200x1536"})
  public String shape;

  private static final float SQRT_HALF = (float) Math.sqrt(0.5);

  // Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within 1.5e-7 of erf.
  private static final float P = 0.3275911f;
  private static final float A1 = 0.254829592f;
  private static final float A2 = -0.284496736f;
  private static final float A3 = 1.421413741f;
  private static final float A4 = -1.453152027f;
  private static final float A5 = 1.061405429f;

  private int count;
  private float[] x;
  private float[] y;
  private Tensor in;
  private Tensor out;
  private ElementwiseKernels kernels;

  /** A ladder whose shape is not set yet. */
  public GeluLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    Tile.checkFits("the number of channels", s.get(1), LANES);
    in = new Inputs().between(-4f, 4f, s.get(0), s.get(1));
    out = Tensor.empty(s.get(0), s.get(1));
    count = in.size();
    x = in.floats();
    y = out.floats();
    kernels = Backend.of(Device.CPU).elementwise();
  }

  @Override
  public double flops() {
    return 5 * NamedShape.of(shape).count(); // quotient, erf, sum, product, half
  }

  @Override
  public double bytes(String rung) {
    return 4 * 2 * NamedShape.of(shape).count();
  }

  @Override
  public float[][] results() {
    return new float[][] {y};
  }

  // 1 ----------------------------------------------------------------------------------------
  // Java has no error function. Its series, erf(z) = 2 / sqrt(pi) * sum of (-1)^k z^(2k+1) / (k!
  // (2k+1)), converges everywhere, but where z is large it does so by way of large terms that
  // cancel: up to thirty terms, each with a division, and doubles to survive it.

  /**
   * The series in double.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 1, title = "the series")
  public float[] series() {
    for (int i = 0; i < count; i++) {
      y[i] = (float) (0.5 * x[i] * (1 + erf(x[i] * Math.sqrt(0.5))));
    }
    return y;
  }

  private static double erf(double z) {
    double power = z;
    double sum = z;
    for (int k = 1; Math.abs(power) > 1e-9; k++) {
      power *= -z * z / k;
      sum += power / (2 * k + 1);
    }
    return 2 / Math.sqrt(Math.PI) * sum;
  }

  // 2 ----------------------------------------------------------------------------------------
  // For positive z the tail 1 - erf(z) is e^(-z^2) times something that falls slowly, and a slow
  // function is a short polynomial: of t = 1 / (1 + p z), five terms. erf is odd, which gives the
  // other half. Math.exp, one number at a time and exact to the last digit of a double, is what is
  // left.

  /**
   * A polynomial times an exponential.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 2, title = "five terms, Math.exp")
  public float[] fiveTerms() {
    for (int i = 0; i < count; i++) {
      float z = Math.abs(x[i]) * SQRT_HALF;
      float t = 1 / (1 + P * z);
      float tail = t * (A1 + t * (A2 + t * (A3 + t * (A4 + t * A5)))) * (float) Math.exp(-z * z);
      float erf = x[i] < 0 ? tail - 1 : 1 - tail;
      y[i] = 0.5f * x[i] * (1 + erf);
    }
    return y;
  }

  // 3 ----------------------------------------------------------------------------------------
  // The same by vectors, with the exponential of the softmax's ladder: 30 instructions for eight
  // numbers. The sign is a lane's choice between two results, not a branch.

  /**
   * By vectors.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 3, title = "by vectors")
  public float[] vectors() {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < count; i += LANES) {
      FloatVector v = FloatVector.fromArray(SPECIES, x, i);
      FloatVector z = v.abs().mul(SQRT_HALF);
      FloatVector t = one.div(z.fma(FloatVector.broadcast(SPECIES, P), one));
      FloatVector p = FloatVector.broadcast(SPECIES, A5);
      p = p.fma(t, FloatVector.broadcast(SPECIES, A4));
      p = p.fma(t, FloatVector.broadcast(SPECIES, A3));
      p = p.fma(t, FloatVector.broadcast(SPECIES, A2));
      p = p.fma(t, FloatVector.broadcast(SPECIES, A1));
      FloatVector tail = p.mul(t).mul(Exponential.of(z.mul(z).neg()));
      FloatVector erf = one.sub(tail);
      erf = erf.blend(erf.neg(), v.compare(VectorOperators.LT, 0f));
      v.mul(0.5f).mul(erf.add(one)).intoArray(y, i);
    }
    return y;
  }

  // 4 ----------------------------------------------------------------------------------------
  // The product's kernel. For x = -4 the formula above takes 1 - 0.99994 and keeps four digits of
  // seven. x Phi(x) = max(x, 0) - |x| Phi(-|x|) has no such difference, nor a choice: what is
  // computed is the tail itself, by a polynomial of eight terms, to the last digits of a float.

  /**
   * {@link ElementwiseKernels#unary} with {@link ElementwiseKernels.Unary#GELU}.
   *
   * @return y
   */
  @Benchmark
  @Rung(value = 4, title = "product", product = true)
  public float[] product() {
    kernels.unary(ElementwiseKernels.Unary.GELU, in, out);
    return y;
  }
}
