package org.stabledino.nn.io.pickle;

/**
 * What one pickle may cost. Instructions are a byte or two long and can copy what others made, so
 * that without a limit a small file could ask for any amount of memory and time. The largest
 * checkpoints of the field take some hundred thousand instructions.
 */
public final class Budget {
  private static final long MAX_STEPS = 4_000_000;
  private static final long MAX_TEXT_BYTES = 256L << 20;

  private long steps;
  private long textBytes;

  Budget() {}

  /**
   * Counts instructions, or elements that one instruction copies.
   *
   * @param count how many
   * @throws UnpicklingException if there were too many
   */
  public void steps(long count) {
    steps += count;
    if (steps > MAX_STEPS) {
      throw new UnpicklingException(
          "takes more than %,d instructions; no checkpoint needs so many".formatted(MAX_STEPS));
    }
  }

  /**
   * Counts bytes that are copied out of the file while it is interpreted.
   *
   * @param count how many
   * @throws UnpicklingException if there were too many
   */
  public void text(long count) {
    textBytes += count;
    if (textBytes > MAX_TEXT_BYTES) {
      throw new UnpicklingException(
          "makes more than %,d bytes of short strings; no checkpoint needs so many"
              .formatted(MAX_TEXT_BYTES));
    }
  }
}
