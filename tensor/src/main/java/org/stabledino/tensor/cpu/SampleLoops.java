package org.stabledino.tensor.cpu;

/** The innermost loops of deformable attention, for the points of one query and head. */
interface SampleLoops {

  /** How many partial sums of a dot product {@link Samples} needs room for. */
  int lanes();

  /** Finds the cells and weights of all coordinates, which are in 0..1. */
  void locate(float[] locations, int at, Samples samples);

  /**
   * {@code out = sum of weight * value} over the corners of {@link Samples#weigh}.
   *
   * @param value the values
   * @param at the first value of the batch entry and head
   * @param d channels of a head
   */
  void sum(Samples samples, float[] value, int at, int d, float[] out, int outAt);

  /**
   * {@code gradValue += weight * g} at each corner.
   *
   * @param g the gradient of out, d elements
   * @param gradAt the first gradient of the batch entry and head
   */
  void scatter(Samples samples, int d, float[] g, int gAt, float[] gradValue, int gradAt);

  /**
   * {@code samples.partials[i] = value . g} for each corner i.
   *
   * @param value the values
   * @param at the first value of the batch entry and head
   * @param g the gradient of out, d elements
   */
  void dots(Samples samples, float[] value, int at, int d, float[] g, int gAt);
}
