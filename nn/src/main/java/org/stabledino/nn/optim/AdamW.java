package org.stabledino.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019).
 *
 * <p>A parameter without a gradient in a step is skipped whole: no decay, and its own count of
 * steps, which the bias correction uses, stays.
 *
 * {@snippet :
 * AdamW optimizer = new AdamW(new ParameterGroup.Rule(1e-4, 0.1, 1e-4, Exempt.NORMS).split(model));
 * loss.backward();
 * GradientClipping.Measured clip = new GradientClipping(0.1).measure(optimizer.parameters());
 * optimizer.step(schedule.multiplier(step, steps), clip.coefficient());
 * model.clearGrad();
 * }
 */
public final class AdamW {
  /** Decay of the first moment where none is given. */
  public static final float BETA1 = 0.9f;

  /** Decay of the second moment where none is given. */
  public static final float BETA2 = 0.999f;

  /** Summand below the fraction where none is given. */
  public static final float EPS = 1e-8f;

  private final List<ParameterGroup> groups;
  private final Map<String, State> states = new LinkedHashMap<>();

  /** The parameters of the last step. */
  private final List<String> updated = new ArrayList<>();

  private final float beta1;
  private final float beta2;
  private final float eps;

  /** What is remembered of one parameter. */
  private static final class State {
    final Tensor firstMoment;
    final Tensor secondMoment;
    long steps;

    State(Tensor firstMoment, Tensor secondMoment, long steps) {
      this.firstMoment = firstMoment;
      this.secondMoment = secondMoment;
      this.steps = steps;
    }
  }

  /**
   * An optimiser with the usual constants.
   *
   * @param groups what to update
   */
  public AdamW(List<ParameterGroup> groups) {
    this(groups, BETA1, BETA2, EPS);
  }

  /**
   * An optimiser.
   *
   * @param groups what to update
   * @param beta1 decay of the first moment
   * @param beta2 decay of the second moment
   * @param eps added to the root of the second moment
   */
  public AdamW(List<ParameterGroup> groups, float beta1, float beta2, float eps) {
    this.groups = List.copyOf(groups);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
  }

  /**
   * All parameters this optimiser updates.
   *
   * @return in the order of the groups
   */
  public List<Parameter> parameters() {
    return groups.stream().flatMap(group -> group.parameters().values().stream()).toList();
  }

  /**
   * The groups.
   *
   * @return as given
   */
  public List<ParameterGroup> groups() {
    return groups;
  }

  /**
   * Updates every parameter that has a gradient.
   *
   * @param multiplier of each group's learning rate, from the schedule
   * @param gradScale factor on every gradient: the clipping coefficient, or 1
   */
  public void step(double multiplier, float gradScale) {
    List<Parameter> all = parameters();
    if (!all.isEmpty()) {
      Device device = all.getFirst().data().device();
      step(multiplier, Tensor.of(new float[] {gradScale}, 1).to(device));
    }
  }

  /**
   * Updates every parameter that has a gradient, by a factor that is where the parameters are:
   * nobody waits for it. Where it is NaN nothing changes but the counts of steps; who learns of
   * that later calls {@link #takeBack}.
   *
   * @param multiplier of each group's learning rate, from the schedule
   * @param gradScale factor on every gradient, shape [1]
   */
  public void step(double multiplier, Tensor gradScale) {
    updated.clear();
    for (ParameterGroup group : groups) {
      float rate = (float) (group.learningRate() * multiplier);
      group
          .parameters()
          .forEach(
              (path, parameter) -> {
                if (parameter.grad() != null) {
                  update(path, parameter, rate, (float) group.weightDecay(), gradScale);
                }
              });
    }
  }

  /** Takes the counts of the last step back, which changed nothing else. */
  public void takeBack() {
    for (String path : updated) {
      if (--states.get(path).steps == 0) {
        states.remove(path);
      }
    }
    updated.clear();
  }

  private void update(
      String path, Parameter parameter, float rate, float weightDecay, Tensor gradScale) {
    State state = states.computeIfAbsent(path, _ -> fresh(parameter));
    state.steps++;
    updated.add(path);
    parameter
        .data()
        .backend()
        .optimizer()
        .adamW(
            new OptimizerKernels.AdamW(rate, beta1, beta2, eps, weightDecay, state.steps),
            gradScale,
            parameter.data(),
            parameter.grad(),
            state.firstMoment,
            state.secondMoment);
  }

  private static State fresh(Parameter parameter) {
    return Scope.outsideAll(() -> new State(zerosLike(parameter), zerosLike(parameter), 0));
  }

  private static Tensor zerosLike(Parameter parameter) {
    Tensor data = parameter.data();
    Tensor zeros = data.backend().empty(data.dtype(), data.shape());
    data.backend().elementwise().fill(zeros, 0f);
    return zeros;
  }

  /**
   * Everything the optimiser remembers, for a checkpoint: {@code PATH.exp_avg}, {@code
   * PATH.exp_avg_sq} and {@code PATH.step} of each parameter that was ever updated.
   *
   * @return the live moments, and counts
   */
  public Map<String, Tensor> state() {
    Map<String, Tensor> result = new LinkedHashMap<>();
    states.forEach(
        (path, state) -> {
          result.put(path + ".exp_avg", state.firstMoment);
          result.put(path + ".exp_avg_sq", state.secondMoment);
          result.put(path + ".step", Tensor.of(new long[] {state.steps}));
        });
    return result;
  }

  /**
   * Continues from what {@link #state} returned: the updates that follow are the same, bit for bit.
   *
   * @param source tensors by the names of {@link #state}; others are ignored
   * @throws CheckpointException if a parameter's state is incomplete or of another shape
   */
  public void loadState(TensorSource source) {
    Map<String, State> loaded = new LinkedHashMap<>();
    for (ParameterGroup group : groups) {
      group
          .parameters()
          .forEach(
              (path, parameter) -> {
                if (source.names().contains(path + ".step")) {
                  loaded.put(path, loadState(source, path, parameter));
                }
              });
    }
    states.clear();
    states.putAll(loaded);
  }

  private static State loadState(TensorSource source, String path, Parameter parameter) {
    State state = fresh(parameter);
    state.firstMoment.copyFrom(read(source, path + ".exp_avg", parameter));
    state.secondMoment.copyFrom(read(source, path + ".exp_avg_sq", parameter));
    Tensor steps = source.read(path + ".step");
    state.steps = steps.longs()[steps.offset()];
    return state;
  }

  private static Tensor read(TensorSource source, String name, Parameter parameter) {
    if (!source.names().contains(name) || !source.shape(name).equals(parameter.shape())) {
      throw new CheckpointException(
          "%s: optimiser tensor '%s' of shape %s is %s; resume with the configuration the run started with"
              .formatted(
                  source.origin(),
                  name,
                  parameter.shape(),
                  source.names().contains(name) ? "of shape " + source.shape(name) : "missing"));
    }
    return source.read(name);
  }
}
