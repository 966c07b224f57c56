package org.stabledino.autograd;

import java.util.List;
import java.util.function.Supplier;
import org.stabledino.tensor.Scope;

/**
 * Whether this thread records functions for a backward pass; on unless switched off.
 *
 * {@snippet :
 * try (GradMode off = GradMode.noGrad()) {
 *   Variable boxes = model.forward(images); // no graph, no saved tensors
 * }
 * }
 */
public final class GradMode implements AutoCloseable {
  private static final ThreadLocal<Boolean> RECORDING = ThreadLocal.withInitial(() -> true);

  private final boolean before;

  private GradMode(boolean before) {
    this.before = before;
  }

  /**
   * Stops recording on this thread until closed.
   *
   * @return closes to restore what was before
   */
  public static GradMode noGrad() {
    return set(false);
  }

  /**
   * Switches recording on this thread until closed.
   *
   * @param recording whether to record
   * @return closes to restore what was before
   */
  public static GradMode set(boolean recording) {
    GradMode mode = new GradMode(RECORDING.get());
    RECORDING.set(recording);
    return mode;
  }

  /**
   * Whether functions are recorded now.
   *
   * @return true unless switched off
   */
  public static boolean recording() {
    return RECORDING.get();
  }

  /**
   * Computes a part of a network. While recording this is just a call, unless {@link Checkpointing}
   * is on. Otherwise everything made inside except the result gives its memory back at once, so
   * that inference needs the memory of its largest part and not that of the sum.
   *
   * @param part computes the result; it changes nothing and draws no new random numbers, since it
   *     may be called again in the backward pass
   * @return the result
   */
  public static Variable section(Supplier<Variable> part) {
    if (recording()) {
      return Checkpointing.active() ? Checkpoint.apply(part) : part.get();
    }
    try (Scope scope = Scope.open()) {
      Variable result = part.get();
      scope.keep(result.data());
      return result;
    }
  }

  /**
   * Computes several results from sections, such as the maps of a backbone. While recording this is
   * just a call; otherwise everything made inside except the results gives its memory back at once.
   *
   * @param part computes the results
   * @return the results
   */
  public static List<Variable> stage(Supplier<List<Variable>> part) {
    if (recording()) {
      return part.get();
    }
    try (Scope scope = Scope.open()) {
      List<Variable> results = part.get();
      results.forEach(result -> scope.keep(result.data()));
      return results;
    }
  }

  @Override
  public void close() {
    RECORDING.set(before);
  }
}
