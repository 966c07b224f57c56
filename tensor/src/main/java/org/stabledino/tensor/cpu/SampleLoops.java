package org.stabledino.tensor.cpu;

/** The innermost loops of deformable attention. */
interface SampleLoops {

  /** How many partial sums of a dot product {@link Samples} needs room for. */
  int lanes();

  /** Finds the cells and weights of {@code samples.count} coordinates in 0..1. */
  void locate(float[] locations, int at, Samples samples);

  /**
   * {@code out = sum of share * bilinear sample} over the points of one head.
   *
   * @param head which set of points
   * @param value the values
   * @param at the first value of the batch entry and head
   * @param shares one factor a point
   * @param d channels of a head
   */
  void sum(
      Samples samples,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] out,
      int outAt);

  /**
   * The gradients of {@link #sum}.
   *
   * @param g the gradient of out, d elements
   * @param gradValue added to; nullable
   * @param gradAt the first gradient of the batch entry and head
   * @param gradShares written, at the places of the shares; nullable
   * @param gradLocations written, at twice the places of the shares; nullable
   */
  void gradients(
      Samples samples,
      int head,
      float[] value,
      int at,
      float[] shares,
      int sharesAt,
      int d,
      float[] g,
      int gAt,
      float[] gradValue,
      int gradAt,
      float[] gradShares,
      int gradSharesAt,
      float[] gradLocations,
      int gradLocationsAt);
}
