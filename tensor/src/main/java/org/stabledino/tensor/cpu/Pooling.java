package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Tensor;

/** Max pooling. */
final class Pooling {
  /** Elements of a task. */
  private static final int CHUNK = 1 << 13;

  /** Channels of a backward task: a cache line. */
  private static final int PART = 16;

  private final MapLoops loops;
  private final Parallel pool;

  Pooling(MapLoops loops, Parallel pool) {
    this.loops = loops;
    this.pool = pool;
  }

  void forward(Tensor x, Window window, Tensor out, Tensor argmax) {
    int height = x.dim(1);
    int width = x.dim(2);
    int n = x.dim(3);
    int rows = out.dim(1);
    int columns = out.dim(2);
    int[] winners = argmax == null ? null : argmax.ints();
    int winnerAt = argmax == null ? 0 : argmax.offset();
    pool.run(
        x.dim(0) * rows,
        Math.max(1, CHUNK / Math.max(1, columns * n)),
        (from, to) -> {
          for (int line = from; line < to; line++) {
            int image = line / rows;
            int top = line % rows * window.stride() - window.padding();
            for (int column = 0; column < columns; column++) {
              int left = column * window.stride() - window.padding();
              int at = (line * columns + column) * n;
              int best = out.offset() + at;
              Arrays.fill(out.floats(), best, best + n, Float.NEGATIVE_INFINITY);
              int firstY = Math.max(0, top);
              int firstX = Math.max(0, left);
              if (winners != null) {
                // a window of nothing but minus infinity is won by its first position
                Arrays.fill(winners, winnerAt + at, winnerAt + at + n, firstY * width + firstX);
              }
              for (int y = firstY; y < Math.min(height, top + window.kernel()); y++) {
                for (int p = firstX; p < Math.min(width, left + window.kernel()); p++) {
                  int index = y * width + p;
                  loops.maximum(
                      x.floats(),
                      x.offset() + (image * height * width + index) * n,
                      index,
                      out.floats(),
                      best,
                      winners,
                      winnerAt + at,
                      n);
                }
              }
            }
          }
        });
  }

  /** Scatters; a task owns some channels of an image, so that no two write the same element. */
  void backward(Tensor gradOut, Tensor argmax, Tensor gradX) {
    int images = gradX.dim(0);
    int n = gradX.dim(3);
    int size = gradX.dim(1) * gradX.dim(2);
    int positions = gradOut.dim(1) * gradOut.dim(2);
    int parts = (n + PART - 1) / PART;
    float[] g = gradOut.floats();
    float[] sums = gradX.floats();
    int[] winners = argmax.ints();
    pool.run(
        images * parts,
        1,
        (from, to) -> {
          for (int task = from; task < to; task++) {
            int image = task / parts;
            int first = task % parts * PART;
            int end = Math.min(n, first + PART);
            int base = gradX.offset() + image * size * n;
            for (int position = 0; position < size; position++) {
              int at = base + position * n;
              Arrays.fill(sums, at + first, at + end, 0f);
            }
            for (int position = image * positions; position < (image + 1) * positions; position++) {
              int winner = argmax.offset() + position * n;
              int at = gradOut.offset() + position * n;
              for (int c = first; c < end; c++) {
                sums[base + winners[winner + c] * n + c] += g[at + c];
              }
            }
          }
        });
  }
}
