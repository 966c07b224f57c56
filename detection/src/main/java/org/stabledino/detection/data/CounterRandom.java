package org.stabledino.detection.data;

import static org.stabledino.tensor.SplitMix64.GOLDEN;
import static org.stabledino.tensor.SplitMix64.mix;

import org.stabledino.tensor.SplitMix64;

/**
 * Random numbers that are a pure function of (seed, epoch, index, number of the draw).
 *
 * <p>Nothing is carried from sample to sample: any worker can make any sample, and a resumed run
 * draws what the uninterrupted one would have drawn. Draw n is number n of the {@link SplitMix64}
 * stream whose key mixes seed, epoch and index in turn.
 */
public final class CounterRandom implements DrawSource {
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
