package org.stabledino.tensor;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
