package org.stabledino.bench;

/**
 * How much one call of a benchmark does, so that a time becomes a rate.
 *
 * @param amount how many units a call handles
 * @param unit of what
 */
record Work(double amount, Unit unit) {

  /** What is counted, and how its rate is written. */
  enum Unit {
    /** Floating-point operations; a fused multiply-add is two. */
    FLOP("GFLOP/s", 1e9),
    /** Bytes that must be read or written at least once. */
    BYTE("GB/s", 1e9),
    /** Images, steps, problems: whatever one call handles. */
    ITEM("/s", 1);

    private final String rate;
    private final double scale;

    Unit(String rate, double scale) {
      this.rate = rate;
      this.scale = scale;
    }
  }

  static Work flop(double amount) {
    return new Work(amount, Unit.FLOP);
  }

  /** Traffic of this many float32 values. */
  static Work floats(double values) {
    return new Work(4 * values, Unit.BYTE);
  }

  static Work items(double amount) {
    return new Work(amount, Unit.ITEM);
  }

  /** Units a second, in the scale of {@link #rateUnit}. */
  double rate(double secondsPerCall) {
    return amount / secondsPerCall / unit.scale;
  }

  String rateUnit() {
    return unit.rate;
  }
}
