package org.stabledino.tensor.cpu;

/** What class losses need of a logit x, with {@code p = sigmoid(x)}. */
final class Logit {
  private static final double LOG_EPSILON = 1e-8;

  double p;
  double oneMinusP;
  double logP;
  double logOneMinusP;

  /** d log p / dx. */
  double slopeLogP;

  /** d log(1-p) / dx. */
  double slopeLogOneMinusP;

  /** Exact and finite for every finite x: with {@code e = exp(-|x|)} nothing overflows. */
  void set(float x) {
    double e = Math.exp(-Math.abs(x));
    double log1p = e < 1e-8 ? e : Math.log(1 + e);
    double big = 1 / (1 + e);
    double small = e * big;
    boolean up = x >= 0;
    p = up ? big : small;
    oneMinusP = up ? small : big;
    logP = up ? -log1p : x - log1p;
    logOneMinusP = up ? -x - log1p : -log1p;
    slopeLogP = oneMinusP;
    slopeLogOneMinusP = -p;
  }

  /**
   * As float32 arithmetic on probabilities gives it, with {@code log(1-p + 1e-8)}: p is 0 for x
   * below about -88, where {@code log p} is minus infinity.
   */
  void setFromProbability(float x) {
    float rounded = 1f / (1f + (float) Math.exp(-x));
    float rest = 1f - rounded;
    double guarded = rest + (float) LOG_EPSILON;
    p = rounded;
    oneMinusP = rest;
    logP = Math.log(p);
    logOneMinusP = Math.log(guarded);
    double slope = (double) rounded * rest;
    slopeLogP = slope * (1 / p);
    slopeLogOneMinusP = -slope / guarded;
  }
}
