package org.stabledino.tensor;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The pool of Java arrays behind scoped CPU tensors.
 *
 * <p>A fresh 100 MB array costs the collector milliseconds and a pooled one nothing, so a training
 * step takes its arrays here and gives them back by scope. Lengths are rounded up to one of eight
 * steps per power of two, which wastes at most an eighth and lets tensors of similar size share.
 */
public final class HostMemory {
  /** Arrays below this many elements are left to the garbage collector, which is faster there. */
  private static final int SMALLEST_POOLED = 256;

  /** Fills freed arrays with NaN, to find uses of memory that was given back. */
  private static final boolean POISON = Boolean.getBoolean("stabledino.poison");

  private static final Map<Integer, ArrayDeque<float[]>> FREE = new HashMap<>();
  private static long pooledBytes;
  private static long takenBytes;
  private static long freshBytes;

  private HostMemory() {}

  /** An array of at least {@code length} elements, its content undefined. */
  static synchronized Object take(DType dtype, int length) {
    if (dtype != DType.FLOAT32 || length < SMALLEST_POOLED) {
      return fresh(dtype, length);
    }
    int rounded = round(length);
    takenBytes += 4L * rounded;
    ArrayDeque<float[]> free = FREE.get(rounded);
    if (free != null && !free.isEmpty()) {
      pooledBytes -= 4L * rounded;
      return free.pop();
    }
    freshBytes += 4L * rounded;
    return new float[rounded];
  }

  /** Takes an array back for later use. */
  static synchronized void give(DType dtype, Object array) {
    if (dtype == DType.FLOAT32 && array instanceof float[] floats) {
      if (floats.length < SMALLEST_POOLED || floats.length != round(floats.length)) {
        return;
      }
      if (POISON) {
        Arrays.fill(floats, Float.NaN);
      }
      takenBytes -= 4L * floats.length;
      pooledBytes += 4L * floats.length;
      FREE.computeIfAbsent(floats.length, _ -> new ArrayDeque<>()).push(floats);
    }
  }

  /** A new zeroed array that the pool does not know. */
  static Object fresh(DType dtype, int length) {
    return switch (dtype) {
      case FLOAT32 -> new float[length];
      case INT64 -> new long[length];
      case INT32 -> new int[length];
      case UINT8, BOOL -> new byte[length];
      case FLOAT16, BFLOAT16 -> new short[length];
    };
  }

  /**
   * Bytes in arrays that wait for reuse.
   *
   * @return bytes
   */
  public static synchronized long pooledBytes() {
    return pooledBytes;
  }

  /**
   * Bytes in pooled arrays that tensors hold now.
   *
   * @return bytes
   */
  public static synchronized long takenBytes() {
    return takenBytes;
  }

  /**
   * Bytes the pool had to allocate since the JVM started; constant in a steady state.
   *
   * @return bytes
   */
  public static synchronized long freshBytes() {
    return freshBytes;
  }

  /** Drops all waiting arrays, so that the collector can have them. */
  public static synchronized void trim() {
    FREE.clear();
    pooledBytes = 0;
  }

  /** Rounds up to m * 2^k with m in 8..15. */
  private static int round(int length) {
    int step = Integer.highestOneBit(length) >>> 3;
    return (int) Math.min(Integer.MAX_VALUE - 8L, ((long) length + step - 1) / step * step);
  }
}
