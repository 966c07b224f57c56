package org.stabledino.nn.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stabledino.nn.Module;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * A slowly moving copy of a model's parameters and buffers, which evaluates better than the model
 * itself: {@code average = decay * average + (1 - decay) * value} after every step.
 *
 * <p>It starts as a copy of the model, without bias correction, and covers everything in the state
 * dictionary, frozen or not. Integers are averaged in float32 and truncated, so counters stand
 * still, as in the published code.
 *
 * {@snippet :
 * ExponentialMovingAverage ema = new ExponentialMovingAverage(model, 0.999);
 * ema.update(); // after each optimiser step
 * try (ExponentialMovingAverage.Applied _ = ema.apply()) {
 *   evaluate(model); // with averaged weights
 * }
 * }
 */
public final class ExponentialMovingAverage {
  private final Module model;
  private final float decay;
  private final Map<String, Tensor> values;
  private final Map<String, Tensor> averages = new LinkedHashMap<>();

  /**
   * An average that starts at the model's present state.
   *
   * @param model the model
   * @param decay usually 0.999
   */
  public ExponentialMovingAverage(Module model, double decay) {
    this.model = model;
    this.decay = (float) decay;
    this.values = model.stateDict();
    values.forEach((name, value) -> averages.put(name, Scope.outsideAll(value::copy)));
  }

  /** Moves the average towards the model. */
  public void update() {
    update(decay, null);
  }

  /**
   * Moves the average towards the model, if its last step changed it.
   *
   * @param coefficient of that step, shape [1]: where it is NaN nothing changes; nullable
   */
  public void update(Tensor coefficient) {
    update(decay, coefficient);
  }

  /**
   * Moves the average towards the model with a memory that grows with the run: the decay is at most
   * {@code (1 + n) / (10 + n)}, so that the first weights, which are random, are soon forgotten.
   *
   * @param n how many updates there were before this one
   * @param coefficient of the model's last step, shape [1]: where it is NaN nothing changes;
   *     nullable
   */
  public void updateWarmingUp(long n, Tensor coefficient) {
    update(Math.min(decay, (1f + n) / (10f + n)), coefficient);
  }

  private void update(float decay, Tensor coefficient) {
    values.forEach(
        (name, value) -> {
          Tensor average = averages.get(name);
          switch (value.dtype()) {
            case FLOAT32 -> {
              // No step changes the buffers that stay on the CPU.
              boolean beside = coefficient != null && coefficient.device().equals(value.device());
              value
                  .backend()
                  .optimizer()
                  .movingAverage(average, value, decay, beside ? coefficient : null);
            }
            case INT64 -> updateLongs(average.longs(), average.offset(), value, decay);
            default -> average.copyFrom(value);
          }
        });
  }

  private static void updateLongs(long[] average, int offset, Tensor value, float decay) {
    for (int i = 0; i < value.size(); i++) {
      float e = average[offset + i];
      float v = value.longs()[value.offset() + i];
      average[offset + i] = (long) (decay * e + (1 - decay) * v);
    }
  }

  /**
   * The averaged state, for a checkpoint.
   *
   * @return the live tensors, by the names of the model's state dictionary
   */
  public Map<String, Tensor> state() {
    return new LinkedHashMap<>(averages);
  }

  /**
   * Continues from what {@link #state} returned.
   *
   * @param source tensors by name; others are ignored
   * @throws CheckpointException if one is missing or of another shape or type
   */
  public void loadState(TensorSource source) {
    averages.forEach(
        (name, average) -> {
          if (!source.names().contains(name) || !source.shape(name).equals(average.shape())) {
            throw new CheckpointException(
                "%s: averaged tensor '%s' of shape %s is %s; resume with the configuration the run started with"
                    .formatted(
                        source.origin(),
                        name,
                        average.shape(),
                        source.names().contains(name)
                            ? "of shape " + source.shape(name)
                            : "missing"));
          }
        });
    averages.forEach((name, average) -> average.copyFrom(source.read(name)));
  }

  /** The model computes with averaged weights until this is closed. */
  public final class Applied implements AutoCloseable {
    private Applied() {
      exchange();
    }

    /** Gives the model its own weights back. */
    @Override
    public void close() {
      exchange();
    }
  }

  /**
   * Exchanges the model's state with the average, until closed. No {@link #update} in between.
   *
   * @return to be closed
   */
  public Applied apply() {
    return new Applied();
  }

  private void exchange() {
    try (Scope _ = Scope.open()) {
      values.forEach(
          (name, value) -> {
            Tensor average = averages.get(name);
            Tensor kept = value.copy();
            value.copyFrom(average);
            average.copyFrom(kept);
          });
    }
    model.notifyStateChanged();
  }
}
