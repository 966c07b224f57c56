package org.stabledino.nn.init;

/**
 * The function behind all random numbers here (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, OOPSLA 2014): number n of a stream is {@code mix(key + n * GOLDEN)}. Written
 * out because the JDK does not promise its generators' numbers across releases.
 */
public final class SplitMix64 {
  /** The step from one number to the next: 2^64 divided by the golden ratio, made odd. */
  public static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /**
   * The finaliser: every input bit changes every output bit.
   *
   * @param x a counter or a key
   * @return 64 bits
   */
  public static long mix(long x) {
    long z = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
