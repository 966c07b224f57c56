package org.stabledino.detection;

/** Placeholder. */
final class Placeholder {
  private Placeholder() {}
}
