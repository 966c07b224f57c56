package org.stabledino.tensor.cpu;

/** The normal distribution function in double precision, for the scalar form of GELU. */
final class ErrorFunction {
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

  /** Where the series needs about as many terms as the continued fraction. */
  private static final double SERIES_BELOW = 2;

  private ErrorFunction() {}

  /** {@code Phi(x) = erfc(-x / sqrt(2)) / 2}. */
  static double normalCdf(double x) {
    double z = x * SQRT_HALF;
    if (Math.abs(z) < SERIES_BELOW) {
      return 0.5 + 0.5 * series(z);
    }
    double tail = 0.5 * complementTail(Math.abs(z));
    return z > 0 ? 1 - tail : tail;
  }

  /** {@code erf(z) = 2 / sqrt(pi) * sum (-1)^n z^(2n+1) / (n! (2n+1))}. */
  private static double series(double z) {
    double square = z * z;
    double power = z;
    double sum = z;
    for (int n = 1; n < 60 && Math.abs(power) > 1e-18 * Math.abs(sum); n++) {
      power *= -square / n;
      sum += power / (2 * n + 1);
    }
    return TWO_OVER_SQRT_PI * sum;
  }

  /** {@code erfc(z) = e^(-z^2) / sqrt(pi) / (z + (1/2)/(z + (2/2)/(z + (3/2)/(z + ...))))}. */
  private static double complementTail(double z) {
    double fraction = z;
    for (int n = 60; n > 0; n--) {
      fraction = z + 0.5 * n / fraction;
    }
    return 0.5 * TWO_OVER_SQRT_PI * Math.exp(-z * z) / fraction;
  }
}
