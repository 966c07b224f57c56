package org.stabledino.autograd;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
