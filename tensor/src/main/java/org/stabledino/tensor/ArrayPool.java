package org.stabledino.tensor;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * Float arrays that are used again, and how many of them may wait.
 *
 * <p>Lengths are rounded up to one of eight steps per power of two, which wastes at most an eighth
 * and lets tensors of similar size share.
 *
 * <p>All arrays together, taken and waiting, hold at most twice what was ever taken at a time, or
 * the floor where that is more. A new array that would exceed this is replaced by a waiting one of
 * up to twice the length: a pass through layers of many shapes asks for more lengths than may wait,
 * and would otherwise drop each just before it is wanted again. Where none waits, those of the
 * lengths that were asked for or given back longest ago are dropped, so that with images of every
 * size the lengths of the past do not pile up. Where the heap is full nonetheless, all waiting
 * arrays are dropped and the allocation is tried once more.
 */
final class ArrayPool {
  /** Arrays below this many elements are left to the garbage collector, which is faster there. */
  private static final int SMALLEST_POOLED = 256;

  private final IntFunction<float[]> allocator;
  private final long floorBytes;

  /** Waiting arrays by length; the length used longest ago comes first. */
  private final LinkedHashMap<Integer, ArrayDeque<float[]>> free =
      new LinkedHashMap<>(16, 0.75f, true);

  private long pooledBytes;
  private long takenBytes;
  private long mostTakenBytes;
  private long peakTakenBytes;
  private long freshBytes;

  /**
   * An empty pool.
   *
   * @param allocator makes an array of the given length
   * @param floorBytes how much it may hold however little was taken
   */
  ArrayPool(IntFunction<float[]> allocator, long floorBytes) {
    this.allocator = allocator;
    this.floorBytes = floorBytes;
  }

  /** Whether arrays of this length are worth keeping. */
  static boolean pools(int length) {
    return length >= SMALLEST_POOLED;
  }

  /** An array of at least {@code length} elements, its content undefined. */
  synchronized float[] take(int length) {
    int rounded = round(length);
    float[] array = waiting(rounded);
    if (array == null && takenBytes + pooledBytes + bytes(rounded) > most(bytes(rounded))) {
      array = waiting(longer(rounded));
    }
    if (array == null) {
      makeRoom(bytes(rounded));
      array = allocate(rounded);
      freshBytes += bytes(rounded);
    }
    takenBytes += bytes(array.length);
    mostTakenBytes = Math.max(mostTakenBytes, takenBytes);
    peakTakenBytes = Math.max(peakTakenBytes, takenBytes);
    return array;
  }

  private float[] waiting(int length) {
    ArrayDeque<float[]> arrays = free.get(length);
    if (arrays == null || arrays.isEmpty()) {
      return null;
    }
    pooledBytes -= bytes(length);
    return arrays.pop();
  }

  /** The shortest waiting length of up to twice this one; this one where there is none. */
  private int longer(int length) {
    int shortest = Integer.MAX_VALUE;
    for (Map.Entry<Integer, ArrayDeque<float[]>> entry : free.entrySet()) {
      if (entry.getKey() > length && !entry.getValue().isEmpty()) {
        shortest = Math.min(shortest, entry.getKey());
      }
    }
    return shortest <= 2L * length ? shortest : length;
  }

  /** What all arrays together may hold after so many bytes more. */
  private long most(long bytes) {
    return Math.max(floorBytes, 2 * Math.max(mostTakenBytes, takenBytes + bytes));
  }

  private void makeRoom(long bytes) {
    long most = most(bytes);
    Iterator<ArrayDeque<float[]>> eldestFirst = free.values().iterator();
    while (takenBytes + pooledBytes + bytes > most && eldestFirst.hasNext()) {
      ArrayDeque<float[]> arrays = eldestFirst.next();
      while (takenBytes + pooledBytes + bytes > most && !arrays.isEmpty()) {
        pooledBytes -= bytes(arrays.pop().length);
      }
      if (arrays.isEmpty()) {
        eldestFirst.remove();
      }
    }
  }

  private float[] allocate(int length) {
    try {
      return allocator.apply(length);
    } catch (OutOfMemoryError full) {
      if (!trim()) {
        throw full;
      }
      return allocator.apply(length);
    }
  }

  /** Takes an array back for later use. */
  synchronized void give(float[] array) {
    if (knows(array)) {
      takenBytes -= bytes(array.length);
      pooledBytes += bytes(array.length);
      free.computeIfAbsent(array.length, _ -> new ArrayDeque<>()).push(array);
    }
  }

  /** Leaves a taken array to the garbage collector. */
  synchronized void abandon(float[] array) {
    if (knows(array)) {
      takenBytes -= bytes(array.length);
    }
  }

  /** Drops all waiting arrays, and says whether there were any. */
  synchronized boolean trim() {
    boolean any = pooledBytes > 0;
    free.clear();
    pooledBytes = 0;
    return any;
  }

  synchronized long pooledBytes() {
    return pooledBytes;
  }

  synchronized long takenBytes() {
    return takenBytes;
  }

  synchronized long freshBytes() {
    return freshBytes;
  }

  synchronized long peakTakenBytes() {
    return peakTakenBytes;
  }

  synchronized void resetPeak() {
    peakTakenBytes = takenBytes;
  }

  private static boolean knows(float[] array) {
    return pools(array.length) && array.length == round(array.length);
  }

  private static long bytes(int length) {
    return (long) Float.BYTES * length;
  }

  /** Rounds up to m * 2^k with m in 8..15. */
  private static int round(int length) {
    int step = Integer.highestOneBit(length) >>> 3;
    return (int) Math.min(Integer.MAX_VALUE - 8L, ((long) length + step - 1) / step * step);
  }
}
