package org.stabledino.tensor;

/** A function that a kernel can apply to its result before storing it. */
public enum Activation {
  /** The result itself. */
  NONE,
  /** {@code max(x, 0)}. */
  RELU
}
