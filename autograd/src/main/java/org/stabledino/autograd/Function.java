package org.stabledino.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;
import org.stabledino.tensor.profile.ProfileNode;

/**
 * A differentiable op: one small final class with {@link #forward} above {@link #backward}.
 *
 * {@snippet :
 * public final class Multiply extends Function {
 *   private final Variable a;
 *   private final Variable b;
 *
 *   private Multiply(Variable a, Variable b) {
 *     super(a, b);
 *     this.a = a;
 *     this.b = b;
 *   }
 *
 *   public static Variable apply(Variable a, Variable b) {
 *     return new Multiply(a, b).run();
 *   }
 *
 *   @Override
 *   protected Tensor forward() { ... }
 *
 *   @Override
 *   protected void backward(Tensor gradOut) {
 *     if (a.requiresGrad()) {
 *       accumulate(a, product(gradOut, b.data()));
 *     }
 *     ...
 *   }
 * }
 * }
 *
 * <p>The tape frees memory as backward passes it: the value of a function's result, and everything
 * it {@linkplain #save saved}, goes back to the pool right after its {@link #backward}. Scalars
 * stay until their scope closes, so that a loss can be logged after its backward pass.
 */
public abstract class Function {
  private static final ThreadLocal<long[]> CLOCK = ThreadLocal.withInitial(() -> new long[1]);

  private final Variable[] inputs;
  private final List<Tensor> saved = new ArrayList<>(2);
  private long order;
  private Variable output;
  private boolean recorded;
  private boolean spent;

  /** Where a profile saw it recorded; null where nobody takes one. */
  private ProfileNode site;

  /**
   * A function of these variables.
   *
   * @param inputs all arguments through which gradients can flow; null entries are left out
   */
  protected Function(Variable... inputs) {
    this.inputs = inputs;
  }

  /**
   * Computes the value from the inputs' data.
   *
   * @return a new tensor, or a view of an input's
   */
  protected abstract Tensor forward();

  /**
   * Passes the gradient on: calls {@link #accumulate} for every input that requires one.
   *
   * <p>A tensor may be passed to several inputs only if it is {@code gradOut} or a view of it; the
   * data of an input is never passed as it is. The function does not write to {@code gradOut}.
   *
   * @param gradOut gradient of the result, of its shape
   */
  protected abstract void backward(Tensor gradOut);

  /**
   * The op's name in messages.
   *
   * @return the class's simple name
   */
  public String name() {
    return getClass().getSimpleName();
  }

  /**
   * Computes the value and, while recording, links it into the graph.
   *
   * @return the result
   */
  protected final Variable run() {
    recorded = GradMode.recording() && anyInputRequiresGrad();
    site = Profile.site();
    Tensor value = site == null ? forward() : profiledForward();
    output = Variable.result(value, this, recorded);
    if (recorded) {
      order = ++CLOCK.get()[0];
      value.storage().retain();
    }
    return output;
  }

  private Tensor profiledForward() {
    try (Profile.Visit _ = Profile.op(name())) {
      return forward();
    }
  }

  private boolean anyInputRequiresGrad() {
    for (Variable input : inputs) {
      if (input != null && input.requiresGrad()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a backward pass may come, so that {@link #forward} should store what it needs.
   *
   * @return true while recording with an input that requires a gradient
   */
  protected final boolean recorded() {
    return recorded;
  }

  /**
   * Keeps a tensor made in {@link #forward} until {@link #backward} is done with it.
   *
   * @param tensor not an input's data, nor the result
   * @return the same tensor
   */
  protected final Tensor save(Tensor tensor) {
    if (recorded) {
      tensor.storage().retain();
      saved.add(tensor);
    }
    return tensor;
  }

  /**
   * The value {@link #forward} returned.
   *
   * @return the result's tensor
   */
  protected final Tensor result() {
    return output.data();
  }

  /**
   * Adds a contribution to the gradient of an input; does nothing if the input needs none.
   *
   * @param input one of the inputs; null is ignored
   * @param grad like the input's data
   */
  protected final void accumulate(Variable input, Tensor grad) {
    if (input != null && input.requiresGrad()) {
      input.accumulate(grad);
    }
  }

  /**
   * Adds a contribution to the gradient of an input without a tensor of its own; does nothing if
   * the input needs none.
   *
   * @param input one of the inputs; null is ignored
   * @param adder adds the contribution to the tensor it is given, which is like the input's data
   */
  protected final void accumulateInto(Variable input, Consumer<Tensor> adder) {
    if (input != null && input.requiresGrad()) {
      input.accumulateInto(adder);
    }
  }

  /**
   * Gives the memory of a temporary back at once instead of when its scope closes.
   *
   * @param temporary a tensor made by this function that nobody else was given
   */
  protected static void discard(Tensor temporary) {
    temporary.storage().retain();
    temporary.storage().release();
  }

  /**
   * Whether an input takes a gradient.
   *
   * @param input one of the inputs, or null
   * @return true if it is there and requires one
   */
  protected static boolean needsGrad(Variable input) {
    return input != null && input.requiresGrad();
  }

  /**
   * Whether a gradient of an input already waits in memory that nobody else reads, so that a
   * product which adds itself to it saves a pass over both.
   *
   * @param input one of the inputs
   * @return true if {@link #accumulateInto} would neither copy nor clear
   */
  protected static boolean hasOwnGradient(Variable input) {
    return input.requiresGrad() && input.hasOwnPending();
  }

  /**
   * The backend on which the inputs live.
   *
   * @return the backend
   */
  protected final Backend backend() {
    for (Variable input : inputs) {
      if (input != null) {
        return input.data().backend();
      }
    }
    throw new GraphException(name() + " has no input");
  }

  /**
   * A float32 tensor on the inputs' device whose content is undefined.
   *
   * @param shape its shape
   * @return the tensor
   */
  protected final Tensor empty(Shape shape) {
    return backend().empty(DType.FLOAT32, shape);
  }

  /**
   * A float32 tensor on the inputs' device whose content is undefined.
   *
   * @param dims its extents
   * @return the tensor
   */
  protected final Tensor empty(int... dims) {
    return empty(Shape.of(dims));
  }

  /** The position in the order of creation, which is a topological order of the graph. */
  final long order() {
    return order;
  }

  /** The inputs; entries may be null. */
  final Variable[] inputs() {
    return inputs;
  }

  /** The order of the function that this thread recorded last. */
  static long clock() {
    return CLOCK.get()[0];
  }

  /** Frees what this function kept for a backward pass that will not come. */
  final void abandon() {
    spent = true;
    releaseKept();
  }

  /** Runs this function's part of a backward pass and frees what it kept. */
  final void passBack() {
    if (spent) {
      throw new GraphException(
          name()
              + ": this part of the graph was already used by a backward pass; compute it again");
    }
    spent = true;
    Tensor gradOut = output.takePending();
    try (Profile.Visit _ = site == null ? null : Profile.op(site, name())) {
      backward(gradOut);
    }
    gradOut.storage().release();
    releaseKept();
  }

  private void releaseKept() {
    if (output.data().storage().length() > 1) {
      output.data().storage().release();
    }
    for (Tensor tensor : saved) {
      tensor.storage().release();
    }
    saved.clear();
  }
}
