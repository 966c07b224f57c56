package org.stabledino.detection.data;

/**
 * Random numbers that are a pure function of (seed, epoch, index, number of the draw).
 *
 * <p>Nothing is carried from sample to sample: any worker can make any sample, and a resumed run
 * draws what the uninterrupted one would have drawn. The function is SplitMix64 (Steele, Lea,
 * Flood: Fast splittable pseudorandom number generators, OOPSLA 2014): draw n is {@code mix(key + n
 * * GOLDEN)}, and the key mixes seed, epoch and index in turn.
 */
public final class CounterRandom implements DrawSource {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  /**
   * The sequence of one sample.
   *
   * @param seed of the run
   * @param epoch pass over the data, from 0
   * @param index of the sample, or any other number that tells sequences apart
   */
  public CounterRandom(long seed, long epoch, long index) {
    state = mix(mix(mix(seed + GOLDEN) ^ epoch) + GOLDEN ^ index);
  }

  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }

  /**
   * The next 64 bits.
   *
   * @return uniformly distributed
   */
  public long bits() {
    state += GOLDEN;
    return mix(state);
  }

  @Override
  public double uniform() {
    return (bits() >>> 11) * 0x1p-53;
  }

  /** The high half of a 64 x 32 bit product; its bias is below 2^-32. */
  @Override
  public int integer(int low, int high) {
    if (low >= high) {
      throw new IllegalArgumentException("no whole number in " + low + " … " + high + " - 1");
    }
    return low + (int) Math.unsignedMultiplyHigh(bits(), (long) high - low);
  }

  @Override
  public int choice(int... options) {
    return options[integer(0, options.length)];
  }

  /**
   * Puts an array into random order (Fisher-Yates).
   *
   * @param values changed in place
   */
  public void shuffle(int[] values) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = integer(0, i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }
}
