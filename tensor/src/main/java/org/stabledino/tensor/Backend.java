package org.stabledino.tensor;

/** Backend. */
public interface Backend {
  /** Provider. */
  interface Provider {}
}
