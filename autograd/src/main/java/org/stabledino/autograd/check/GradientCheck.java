package org.stabledino.autograd.check;

import java.util.Arrays;
import java.util.Random;
import java.util.function.Function;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Compares the gradients of a function with numerical derivatives.
 *
 * {@snippet :
 * GradientCheck.of("linear", in -> linear(in[0], in[1], in[2])).on(x, weight, bias);
 * }
 *
 * <p>The output is reduced to a number by a fixed random projection, summed in double precision.
 * Its derivative comes from central differences of fourth order, {@code (8 (f(x+h) - f(x-h)) -
 * (f(x+2h) - f(x-2h))) / 12h}, whose error falls with h^4: in float32 the step can then be so large
 * (0.01 of the larger of 1 and |x|) that rounding, which grows with 1/h, stays below 1e-4.
 * Arguments must lie more than two steps away from kinks such as that of ReLU at 0.
 */
public final class GradientCheck {
  private static final int DEFAULT_ELEMENTS = 200;

  private final String op;
  private final Function<Variable[], Variable> function;
  private double step = 1e-2;
  private double relative = 1e-3;
  private double absolute = 1e-4;
  private int elements = DEFAULT_ELEMENTS;
  private long seed = 1;

  private GradientCheck(String op, Function<Variable[], Variable> function) {
    this.op = op;
    this.function = function;
  }

  /**
   * A check of a function.
   *
   * @param op its name in messages
   * @param function computes one output from the arguments given to {@link #on}; the same for the
   *     same arguments
   * @return the check, not yet run
   */
  public static GradientCheck of(String op, Function<Variable[], Variable> function) {
    return new GradientCheck(op, function);
  }

  /**
   * Sets the step of the differences.
   *
   * @param step h, relative to the larger of 1 and the argument's size; 0.01 unless set
   * @return this check
   */
  public GradientCheck step(double step) {
    this.step = step;
    return this;
  }

  /**
   * Sets what difference is allowed: {@code relative * A + absolute}, with A the largest expected
   * derivative among the elements of the same argument.
   *
   * @param relative 1e-3 unless set
   * @param absolute 1e-4 unless set
   * @return this check
   */
  public GradientCheck tolerance(double relative, double absolute) {
    this.relative = relative;
    this.absolute = absolute;
    return this;
  }

  /**
   * Limits the work on large arguments.
   *
   * @param elements how many elements of each argument are checked at most, chosen at random; 200
   *     unless set
   * @return this check
   */
  public GradientCheck elements(int elements) {
    this.elements = elements;
    return this;
  }

  /**
   * Sets the seed of the projection and of the choice of elements.
   *
   * @param seed 1 unless set
   * @return this check
   */
  public GradientCheck seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Runs the check. Gradients that the arguments held are cleared.
   *
   * @param arguments given to the function; those that are leaves requiring a gradient are checked
   * @throws GradientMismatchException if a gradient is missing or wrong
   */
  public void on(Variable... arguments) {
    Random random = new Random(seed);
    for (Variable argument : arguments) {
      if (argument.requiresGrad() && argument.creator() != null) {
        throw new IllegalArgumentException(op + ": arguments to check must be leaves");
      }
      argument.clearGrad();
    }
    Variable output = function.apply(arguments);
    if (output.data().device() != Device.CPU) {
      throw new IllegalArgumentException(op + ": gradients are checked on the CPU only");
    }
    float[] projection = new float[output.shape().size()];
    for (int i = 0; i < projection.length; i++) {
      projection[i] = 2f * random.nextFloat() - 1f;
    }
    output.backward(Tensor.of(projection, output.shape().dims()));
    int checked = 0;
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].requiresGrad()) {
        check(i, arguments, projection, random);
        checked++;
      }
    }
    if (checked == 0) {
      throw new IllegalArgumentException(op + ": no argument requires a gradient");
    }
    for (Variable argument : arguments) {
      argument.clearGrad();
    }
  }

  private void check(int index, Variable[] arguments, float[] projection, Random random) {
    Variable argument = arguments[index];
    if (argument.grad() == null) {
      throw new GradientMismatchException(
          "%s: no gradient reached argument %d of shape %s".formatted(op, index, argument.shape()));
    }
    float[] got = argument.grad().toFloats();
    int[] chosen = choose(got.length, random);
    double[] expected = new double[chosen.length];
    double largest = 0;
    for (int i = 0; i < chosen.length; i++) {
      expected[i] = derivative(argument.data(), chosen[i], arguments, projection);
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    double allowed = relative * largest + absolute;
    for (int i = 0; i < chosen.length; i++) {
      // Negated, so that NaN fails.
      if (!(Math.abs(got[chosen[i]] - expected[i]) <= allowed)) {
        throw new GradientMismatchException(
            "%s: gradient of argument %d at %s: got %.6g, expected %.6g (allowed difference %.2g)"
                .formatted(
                    op,
                    index,
                    Arrays.toString(position(chosen[i], argument.shape())),
                    got[chosen[i]],
                    expected[i],
                    allowed));
      }
    }
  }

  private int[] choose(int size, Random random) {
    if (size <= elements) {
      return java.util.stream.IntStream.range(0, size).toArray();
    }
    return random.ints(0, size).distinct().limit(elements).sorted().toArray();
  }

  private double derivative(Tensor data, int element, Variable[] arguments, float[] projection) {
    float[] values = data.floats();
    int at = data.offset() + element;
    float middle = values[at];
    float h = (float) (step * Math.max(1, Math.abs(middle)));
    try {
      double near = difference(values, at, middle, h, arguments, projection);
      double far = difference(values, at, middle, 2 * h, arguments, projection);
      return (4 * near - far) / 3;
    } finally {
      values[at] = middle;
    }
  }

  /** The slope between {@code middle - h} and {@code middle + h}. */
  private double difference(
      float[] values, int at, float middle, float h, Variable[] arguments, float[] projection) {
    float above = middle + h;
    float below = middle - h;
    values[at] = above;
    double high = projected(arguments, projection);
    values[at] = below;
    double low = projected(arguments, projection);
    // Not 2h: the two points were rounded.
    return (high - low) / ((double) above - below);
  }

  private double projected(Variable[] arguments, float[] projection) {
    try (GradMode _ = GradMode.noGrad()) {
      Tensor output = function.apply(arguments).data();
      float[] values = output.floats();
      double sum = 0;
      for (int i = 0; i < projection.length; i++) {
        sum += (double) values[output.offset() + i] * projection[i];
      }
      return sum;
    }
  }

  private static int[] position(int element, Shape shape) {
    int[] position = new int[shape.rank()];
    for (int i = position.length - 1, rest = element; i >= 0; i--) {
      position[i] = rest % shape.dim(i);
      rest /= shape.dim(i);
    }
    return position;
  }
}
