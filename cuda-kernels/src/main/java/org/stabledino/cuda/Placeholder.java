package org.stabledino.cuda;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
