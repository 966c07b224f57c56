package org.stabledino.autograd;

/**
 * Whether {@link GradMode#section sections} of a network are computed again in the backward pass
 * instead of keeping all they made; off unless switched on.
 *
 * {@snippet :
 * try (Checkpointing on = Checkpointing.on()) {
 *   loss = criterion.forward(model.forward(images)); // keeps the results of sections only
 * }
 * loss.backward(); // computes each section once more: the same gradients in less memory
 * }
 *
 * <p>A step then computes its forward pass twice, and needs the memory of all sections' results and
 * of the largest section.
 */
public final class Checkpointing implements AutoCloseable {
  private static final ThreadLocal<Boolean> ACTIVE = ThreadLocal.withInitial(() -> false);

  private final boolean before;

  private Checkpointing(boolean before) {
    this.before = before;
  }

  /**
   * Switches it on for this thread until closed.
   *
   * @return closes to restore what was before
   */
  public static Checkpointing on() {
    return set(true);
  }

  /**
   * Switches it for this thread until closed.
   *
   * @param active whether sections are computed again
   * @return closes to restore what was before
   */
  public static Checkpointing set(boolean active) {
    Checkpointing mode = new Checkpointing(ACTIVE.get());
    ACTIVE.set(active);
    return mode;
  }

  /** Whether this thread's sections are computed again. */
  static boolean active() {
    return ACTIVE.get();
  }

  @Override
  public void close() {
    ACTIVE.set(before);
  }
}
