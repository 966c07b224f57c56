package org.stabledino.tensor;

/**
 * The function behind all random numbers here (Steele, Lea, Flood: Fast splittable pseudorandom
 * number generators, OOPSLA 2014): number n of a stream is {@code mix(key + n * GOLDEN)}. Written
 * out because the JDK does not promise its generators' numbers across releases, and because a GPU
 * computes the same.
 */
public final class SplitMix64 {
  /** The step from one number to the next: 2^64 divided by the golden ratio, made odd. */
  public static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private SplitMix64() {}

  /**
   * A number in [0, 1), a multiple of 2^-24.
   *
   * @param key of the stream
   * @param index which number of the stream
   * @return the number
   */
  public static float uniform(long key, long index) {
    return (mix(key + (index + 1) * GOLDEN) >>> 40) * 0x1p-24f;
  }

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
