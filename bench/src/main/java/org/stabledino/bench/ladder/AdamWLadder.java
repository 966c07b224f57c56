package org.stabledino.bench.ladder;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.OptimizerKernels.AdamW;
import org.stabledino.tensor.Tensor;

/**
 * One AdamW update (Loshchilov and Hutter, "Decoupled Weight Decay Regularization") of a gradient
 * that is clipped by a factor: fourteen operations a parameter, and four arrays that no cache
 * holds.
 */
public class AdamWLadder extends Ladder {
  /** Parameters: a third of the main system's. */
  @Param({"small 4096", "r50.third 16000000"})
  public String shape;

  private static final AdamW SETTINGS = new AdamW(1e-4f, 0.9f, 0.999f, 1e-8f, 1e-4f, 100);

  /** {@code 1 - lr wd}, {@code lr / (1 - beta1^t)} and {@code 1 / sqrt(1 - beta2^t)}. */
  private static final float SHRINK =
      (float) (1 - (double) SETTINGS.learningRate() * SETTINGS.weightDecay());

  private static final float RATE =
      (float) (SETTINGS.learningRate() / (1 - Math.pow(SETTINGS.beta1(), SETTINGS.step())));
  private static final float CORRECTION =
      (float) (1 / Math.sqrt(1 - Math.pow(SETTINGS.beta2(), SETTINGS.step())));

  private static final float GRAD_SCALE = 0.5f;

  private final Tensor gradScale = Tensor.full(GRAD_SCALE, 1);
  private int size;
  private float[] p;
  private float[] g;
  private float[] m;
  private float[] v;
  private float[] scaled;
  private float[] update;
  private Tensor parameter;
  private Tensor gradient;
  private Tensor firstMoment;
  private Tensor secondMoment;
  private OptimizerKernels kernels;

  /** A ladder whose shape is not set yet. */
  public AdamWLadder() {}

  @Override
  @Setup
  public void setUp() {
    size = NamedShape.of(shape).get(0);
    Inputs inputs = new Inputs();
    parameter = inputs.uniform(size);
    gradient = inputs.uniform(size);
    firstMoment = inputs.uniform(size);
    secondMoment = inputs.between(0.1f, 1f, size);
    p = parameter.floats();
    g = gradient.floats();
    m = firstMoment.floats();
    v = secondMoment.floats();
    scaled = new float[size];
    update = new float[size];
    kernels = Backend.of(Device.CPU).optimizer();
  }

  @Override
  public double flops() {
    return 14 * NamedShape.of(shape).count();
  }

  @Override
  public double bytes(String rung) {
    int arrays = rung.equals("passes") ? 24 : 7;
    return 4 * arrays * NamedShape.of(shape).count();
  }

  @Override
  public float[][] results() {
    return new float[][] {p, m, v};
  }

  // 1 ----------------------------------------------------------------------------------------
  // Operation by operation, as it is written with tensors. Every line is a loop over arrays that
  // come from memory and go back to it: 24 arrays pass where seven would do. Each of the loops is
  // as fast as the memory is; that is the point.

  /**
   * Ten passes over the parameters.
   *
   * @return the parameters
   */
  @Benchmark
  @Rung(value = 1, title = "operation by operation")
  public float[] passes() {
    for (int i = 0; i < size; i++) {
      scaled[i] = g[i] * GRAD_SCALE;
    }
    for (int i = 0; i < size; i++) {
      m[i] *= SETTINGS.beta1();
    }
    for (int i = 0; i < size; i++) {
      m[i] += (1 - SETTINGS.beta1()) * scaled[i];
    }
    for (int i = 0; i < size; i++) {
      v[i] *= SETTINGS.beta2();
    }
    for (int i = 0; i < size; i++) {
      v[i] += (1 - SETTINGS.beta2()) * scaled[i] * scaled[i];
    }
    for (int i = 0; i < size; i++) {
      update[i] = (float) Math.sqrt(v[i]);
    }
    for (int i = 0; i < size; i++) {
      update[i] = update[i] * CORRECTION + SETTINGS.eps();
    }
    for (int i = 0; i < size; i++) {
      update[i] = m[i] / update[i];
    }
    for (int i = 0; i < size; i++) {
      p[i] *= SHRINK;
    }
    for (int i = 0; i < size; i++) {
      p[i] -= RATE * update[i];
    }
    return p;
  }

  // 2 ----------------------------------------------------------------------------------------
  // One loop: four arrays are read, three written, nothing is kept in between. The compiler makes
  // vectors of it by itself, root and quotient included. What is left is the memory.

  /**
   * One pass.
   *
   * @return the parameters
   */
  @Benchmark
  @Rung(value = 2, title = "one fused pass")
  public float[] fused() {
    float scale = GRAD_SCALE;
    float beta1 = SETTINGS.beta1();
    float beta2 = SETTINGS.beta2();
    float eps = SETTINGS.eps();
    for (int i = 0; i < size; i++) {
      float gi = g[i] * scale;
      float first = m[i] * beta1 + (1 - beta1) * gi;
      float second = v[i] * beta2 + (1 - beta2) * gi * gi;
      float root = (float) Math.sqrt(second) * CORRECTION + eps;
      p[i] = p[i] * SHRINK - RATE * (first / root);
      m[i] = first;
      v[i] = second;
    }
    return p;
  }

  // 3 ----------------------------------------------------------------------------------------
  // The product's kernel is that loop, written with the Vector API, for any tensors. With all
  // threads
  // it is bound by the machine's memory, and no cleverness helps: only fewer bytes would.

  /**
   * {@link OptimizerKernels#adamW}.
   *
   * @return the parameters
   */
  @Benchmark
  @Rung(value = 3, title = "product", product = true)
  public float[] product() {
    kernels.adamW(SETTINGS, gradScale, parameter, gradient, firstMoment, secondMoment);
    return p;
  }
}
