package org.stabledino.nn.init;

import static org.stabledino.tensor.SplitMix64.GOLDEN;
import static org.stabledino.tensor.SplitMix64.mix;

import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;
import org.stabledino.tensor.SplitMix64;

/**
 * Counter-based random numbers: a pure function of (seed, names of the streams, index).
 *
 * <p>There is no state to save: what step 5000 of a run draws follows from the seed and the number
 * 5000, in whatever order or on whatever thread it is asked for. Bits and uniform numbers are the
 * same on every machine; so are normal ones, since they use {@link StrictMath} only.
 *
 * {@snippet :
 * Rng weights = Rng.of(60).child("backbone.stem.conv1.weight");
 * float u = weights.uniform(17); // number 17 of this stream
 * Rng step = Rng.of(60).child("augment").child(5000);
 * }
 *
 * <p>Number i of a stream is the i-th output of {@link SplitMix64} started at the stream's key; a
 * child's key is a mix of its parent's key and its name.
 */
public final class Rng {
  private final long key;

  private Rng(long key) {
    this.key = key;
  }

  /**
   * The root stream of a seed.
   *
   * @param seed any number
   * @return the stream
   */
  public static Rng of(long seed) {
    return new Rng(mix(seed + GOLDEN));
  }

  /**
   * A stream of its own.
   *
   * @param name what it is for
   * @return the stream
   */
  public Rng child(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return new Rng(mix(key ^ mix(hash)));
  }

  /**
   * A stream of its own.
   *
   * @param number such as a step or the index of a sample
   * @return the stream
   */
  public Rng child(long number) {
    // The constant keeps child(n) apart from child("...") and from the numbers of this stream.
    return new Rng(mix(key ^ mix(number + 0x632BE59BD9B4E019L)));
  }

  /**
   * What tells this stream from all others, for kernels that compute its numbers.
   *
   * @return the key of {@link SplitMix64#uniform}
   */
  public long key() {
    return key;
  }

  /**
   * 64 random bits.
   *
   * @param index which number of the stream
   * @return the bits
   */
  public long bits(long index) {
    return mix(key + (index + 1) * GOLDEN);
  }

  /**
   * A number in [0, 1), a multiple of 2^-24.
   *
   * @param index which number of the stream
   * @return the number
   */
  public float uniform(long index) {
    return SplitMix64.uniform(key, index);
  }

  /**
   * A number in [low, high).
   *
   * @param index which number of the stream
   * @param low lower bound
   * @param high upper bound
   * @return the number
   */
  public float uniform(long index, float low, float high) {
    return low + (high - low) * uniform(index);
  }

  /**
   * An integer in 0 .. bound - 1.
   *
   * @param index which number of the stream
   * @param bound at least 1
   * @return the integer; the bias of at most bound / 2^53 is far below what a test can see
   */
  public int below(long index, int bound) {
    return (int) ((bits(index) >>> 11) * 0x1p-53 * bound);
  }

  /**
   * A number from the standard normal distribution, by the Box-Muller transform.
   *
   * @param index which number of the stream
   * @return the number
   */
  public float normal(long index) {
    long radius = bits(2 * index);
    long angle = bits(2 * index + 1);
    // In (0, 1], so that the logarithm is finite.
    double u = ((radius >>> 11) + 1) * 0x1p-53;
    double v = (angle >>> 11) * 0x1p-53;
    return (float)
        (StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(2 * StrictMath.PI * v));
  }

  /**
   * The stream as a generator that counts by itself, for code that draws an unknown number of
   * values.
   *
   * @return a generator starting at index 0
   */
  public RandomGenerator generator() {
    return new RandomGenerator() {
      private long next;

      @Override
      public long nextLong() {
        return bits(next++);
      }
    };
  }
}
