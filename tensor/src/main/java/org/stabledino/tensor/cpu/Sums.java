package org.stabledino.tensor.cpu;

/**
 * Sums in double precision over chunks whose borders depend on the length alone: the same bits for
 * any number of threads, and as accurate as float results can show.
 */
final class Sums {
  private static final int GRAIN = 1 << 14;

  private Sums() {}

  /** The sum of n elements. */
  static double sum(Parallel parallel, float[] x, int at, int n) {
    return chunked(parallel, n, (from, end) -> sum(x, at + from, at + end));
  }

  /** The sum of n squares. */
  static double sumOfSquares(Parallel parallel, float[] x, int at, int n) {
    return chunked(parallel, n, (from, end) -> sumOfSquares(x, at + from, at + end));
  }

  private interface ChunkSum {
    double of(int from, int end);
  }

  private static double chunked(Parallel parallel, int n, ChunkSum chunk) {
    if (n <= GRAIN) {
      return chunk.of(0, n);
    }
    double[] partial = new double[(n + GRAIN - 1) / GRAIN];
    parallel.run(n, GRAIN, (from, end) -> partial[from / GRAIN] = chunk.of(from, end));
    double sum = 0;
    for (double part : partial) {
      sum += part;
    }
    return sum;
  }

  /** Four sums side by side: one alone would wait for each addition. */
  static double sum(float[] x, int from, int end) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = from;
    for (; i + 4 <= end; i += 4) {
      s0 += x[i];
      s1 += x[i + 1];
      s2 += x[i + 2];
      s3 += x[i + 3];
    }
    for (; i < end; i++) {
      s0 += x[i];
    }
    return (s0 + s1) + (s2 + s3);
  }

  private static double sumOfSquares(float[] x, int from, int end) {
    double s0 = 0;
    double s1 = 0;
    double s2 = 0;
    double s3 = 0;
    int i = from;
    for (; i + 4 <= end; i += 4) {
      s0 += (double) x[i] * x[i];
      s1 += (double) x[i + 1] * x[i + 1];
      s2 += (double) x[i + 2] * x[i + 2];
      s3 += (double) x[i + 3] * x[i + 3];
    }
    for (; i < end; i++) {
      s0 += (double) x[i] * x[i];
    }
    return (s0 + s1) + (s2 + s3);
  }
}
