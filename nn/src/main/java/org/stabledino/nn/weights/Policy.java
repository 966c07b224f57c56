package org.stabledino.nn.weights;

/** What may differ between a file of weights and a model. */
public enum Policy {
  /** Nothing: a trained detector is to be used as it is. */
  EXACT,
  /**
   * What a new task changes: the class heads and label embeddings of another number of classes keep
   * their initial values, and so does everything beside a backbone that is loaded alone. Tables of
   * relative positions are interpolated to another window. A part of the file that the model has
   * not at all is left out.
   */
  FINE_TUNE,
  /** Anything, as long as something fits. */
  WHATEVER_FITS
}
