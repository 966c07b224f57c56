package org.stabledino.nn;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
