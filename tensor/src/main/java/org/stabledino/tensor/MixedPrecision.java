package org.stabledino.tensor;

/**
 * Whether matrix products and convolutions round their operands to bfloat16, which has the range of
 * float32 and 8 bits of mantissa; off unless switched on.
 *
 * <p>That is all that is rounded: sums, results, every other kernel and every tensor stay float32,
 * so weights keep the small updates that bfloat16 would lose, and losses their digits. As the range
 * is float32's, gradients need no scaling.
 *
 * {@snippet :
 * try (MixedPrecision on = MixedPrecision.set(true)) {
 *   loss = criterion.forward(model.forward(images), targets);
 *   loss.backward(); // its products are rounded as those of the forward pass are
 * }
 * }
 *
 * <p>Micikevicius et al., "Mixed Precision Training", 2018; Kalamkar et al., "A Study of BFLOAT16
 * for Deep Learning Training", 2019. A backend that does not know it ({@link
 * Backend#mixedPrecision}) computes as ever.
 */
public final class MixedPrecision implements AutoCloseable {
  private static final ThreadLocal<Boolean> ACTIVE = ThreadLocal.withInitial(() -> false);

  private final boolean before;

  private MixedPrecision(boolean before) {
    this.before = before;
  }

  /**
   * Switches it for this thread until closed.
   *
   * @param active whether operands are rounded
   * @return closes to restore what was before
   */
  public static MixedPrecision set(boolean active) {
    MixedPrecision mode = new MixedPrecision(ACTIVE.get());
    ACTIVE.set(active);
    return mode;
  }

  /**
   * What this thread has set.
   *
   * @return whether operands are rounded
   */
  public static boolean active() {
    return ACTIVE.get();
  }

  @Override
  public void close() {
    ACTIVE.set(before);
  }
}
