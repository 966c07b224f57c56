package org.stabledino.cuda;

/**
 * How many blocks a launch has, and how many threads each.
 *
 * @param x blocks along x
 * @param y blocks along y
 * @param z blocks along z
 * @param threadsX threads of a block along x
 * @param threadsY threads of a block along y
 */
record Grid(int x, int y, int z, int threadsX, int threadsY) {
  /** Enough blocks to fill any GPU several times; threads walk on where there are more elements. */
  private static final int MOST_BLOCKS = 1 << 16;

  private static final int THREADS = 256;

  /** Threads that walk over a long array. */
  static Grid over(long elements) {
    return new Grid(Math.min(MOST_BLOCKS, ceil(elements, THREADS)), 1, 1, THREADS, 1);
  }

  /** One-dimensional blocks. */
  static Grid of(int blocks, int threads) {
    return new Grid(blocks, 1, 1, threads, 1);
  }

  /** Whether there is nothing to do. */
  boolean empty() {
    return (long) x * y * z == 0;
  }

  /** {@code a / b}, rounded up. */
  static int ceil(long a, int b) {
    return Math.toIntExact((a + b - 1) / b);
  }
}
