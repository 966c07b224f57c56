package org.stabledino.tensor;

import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * The pool of Java arrays behind scoped CPU tensors.
 *
 * <p>A fresh 100 MB array costs the collector milliseconds and a pooled one nothing, so a training
 * step takes its arrays here and gives them back by scope. How much may wait for reuse is {@link
 * ArrayPool}'s concern.
 */
public final class HostMemory {
  /** Below this nothing is dropped, so that changes between small shapes cost nothing. */
  private static final long FLOOR_BYTES = 256L << 20;

  /** Fills new and freed arrays with NaN, to find uses of memory never written or given back. */
  private static final boolean POISON = Boolean.getBoolean("stabledino.poison");

  private static final ArrayPool POOL =
      new ArrayPool(POISON ? HostMemory::poisoned : float[]::new, FLOOR_BYTES);

  private HostMemory() {}

  private static float[] poisoned(int length) {
    float[] array = new float[length];
    Arrays.fill(array, Float.NaN);
    return array;
  }

  /** An array of at least {@code length} elements, its content undefined. */
  static Object take(DType dtype, int length) {
    if (dtype == DType.FLOAT32 && ArrayPool.pools(length)) {
      return POOL.take(length);
    }
    return POISON && dtype == DType.FLOAT32 ? poisoned(length) : fresh(dtype, length);
  }

  /** Takes an array back for later use. */
  static void give(Object array) {
    if (array instanceof float[] floats) {
      if (POISON) {
        Arrays.fill(floats, Float.NaN);
      }
      POOL.give(floats);
    }
  }

  /** Leaves an array to the garbage collector. */
  static void abandon(Object array) {
    if (array instanceof float[] floats) {
      POOL.abandon(floats);
    }
  }

  /** A new zeroed array that the pool does not know. */
  static Object fresh(DType dtype, int length) {
    return switch (dtype) {
      case FLOAT32 -> orAfterTrim(float[]::new, length);
      case FLOAT64 -> orAfterTrim(double[]::new, length);
      case INT64 -> orAfterTrim(long[]::new, length);
      case INT32 -> orAfterTrim(int[]::new, length);
      case UINT8, BOOL -> orAfterTrim(byte[]::new, length);
      case FLOAT16, BFLOAT16 -> orAfterTrim(short[]::new, length);
    };
  }

  private static Object orAfterTrim(IntFunction<Object> allocator, int length) {
    try {
      return allocator.apply(length);
    } catch (OutOfMemoryError full) {
      if (!POOL.trim()) {
        throw full;
      }
      return allocator.apply(length);
    }
  }

  /**
   * Bytes in arrays that wait for reuse.
   *
   * @return bytes
   */
  public static long pooledBytes() {
    return POOL.pooledBytes();
  }

  /**
   * Bytes in pooled arrays that scoped tensors hold now.
   *
   * @return bytes
   */
  public static long takenBytes() {
    return POOL.takenBytes();
  }

  /**
   * Bytes the pool had to allocate since the JVM started; constant in a steady state.
   *
   * @return bytes
   */
  public static long freshBytes() {
    return POOL.freshBytes();
  }

  /**
   * The most that {@link #takenBytes} has been since {@link #resetPeak}.
   *
   * @return bytes
   */
  public static long peakTakenBytes() {
    return POOL.peakTakenBytes();
  }

  /** Measures that peak anew from here on. */
  public static void resetPeak() {
    POOL.resetPeak();
  }
}
