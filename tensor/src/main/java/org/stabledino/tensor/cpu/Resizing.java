package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Bilinear resizing. Both directions gather, so that lines of the result are independent.
 *
 * <p>Where a position has fewer channels than a vector lanes, as in a photo, a line of the result
 * is made of whole lines first and then of their elements.
 */
final class Resizing {
  /** Elements of a task. */
  private static final int CHUNK = 1 << 13;

  /** Fewer channels fill no vector. */
  private static final int FEW_CHANNELS = 8;

  private final MapLoops loops;
  private final Parallel pool;

  Resizing(MapLoops loops, Parallel pool) {
    this.loops = loops;
    this.pool = pool;
  }

  /**
   * Where the results of one axis come from: result i is {@code (1 - fraction[i]) * x[low[i]] +
   * fraction[i] * x[high[i]]}.
   */
  private record Axis(int[] low, int[] high, float[] fraction) {
    static Axis of(int input, int output, boolean alignCorners) {
      int[] low = new int[output];
      int[] high = new int[output];
      float[] fraction = new float[output];
      float step =
          alignCorners
              ? (output > 1 ? (float) (input - 1) / (output - 1) : 0f)
              : (float) input / output;
      for (int i = 0; i < output; i++) {
        float at = alignCorners ? step * i : Math.max(0f, step * (i + 0.5f) - 0.5f);
        low[i] = Math.min((int) at, input - 1);
        high[i] = Math.min(low[i] + 1, input - 1);
        fraction[i] = at - low[i];
      }
      return new Axis(low, high, fraction);
    }

    /** The same for lines of n channels, whose elements are results of their own. */
    Axis channels(int n) {
      int[] lows = new int[low.length * n];
      int[] highs = new int[low.length * n];
      float[] fractions = new float[low.length * n];
      for (int i = 0; i < lows.length; i++) {
        lows[i] = low[i / n] * n + i % n;
        highs[i] = high[i / n] * n + i % n;
        fractions[i] = fraction[i / n];
      }
      return new Axis(lows, highs, fractions);
    }

    /** The share of input {@code at} in result i. */
    float share(int i, int at) {
      return (low[i] == at ? 1 - fraction[i] : 0f) + (high[i] == at ? fraction[i] : 0f);
    }

    /** For each input, the first result it has a share in; the others follow. */
    int[] firstResults(int input) {
      int[] first = new int[input];
      int i = 0;
      for (int at = 0; at < input; at++) {
        while (i < low.length && high[i] < at) {
          i++;
        }
        first[at] = i;
      }
      return first;
    }
  }

  void forward(Tensor x, boolean alignCorners, Tensor out) {
    Axis vertical = Axis.of(x.dim(1), out.dim(1), alignCorners);
    Axis horizontal = Axis.of(x.dim(2), out.dim(2), alignCorners);
    if (x.dim(3) < FEW_CHANNELS) {
      byLines(x, vertical, horizontal.channels(x.dim(3)), out);
    } else {
      byPositions(x, vertical, horizontal, out);
    }
  }

  private void byLines(Tensor x, Axis vertical, Axis horizontal, Tensor out) {
    int width = x.dim(2) * x.dim(3);
    int rows = out.dim(1);
    int columns = out.dim(2) * x.dim(3);
    pool.run(
        x.dim(0) * rows,
        Math.max(1, CHUNK / Math.max(1, columns)),
        (from, to) -> {
          float[] mixed = Workspace.mine().floats(Slot.RESIZED_LINE, width);
          for (int line = from; line < to; line++) {
            int image = x.offset() + line / rows * x.dim(1) * width;
            int row = line % rows;
            int upper = image + vertical.low[row] * width;
            int lower = image + vertical.high[row] * width;
            loops.between(x.floats(), upper, lower, vertical.fraction[row], mixed, 0, width);
            loops.between(
                mixed,
                horizontal.low,
                horizontal.high,
                horizontal.fraction,
                out.floats(),
                out.offset() + line * columns,
                columns);
          }
        });
  }

  private void byPositions(Tensor x, Axis vertical, Axis horizontal, Tensor out) {
    int height = x.dim(1);
    int width = x.dim(2);
    int n = x.dim(3);
    int rows = out.dim(1);
    int columns = out.dim(2);
    pool.run(
        x.dim(0) * rows,
        Math.max(1, CHUNK / Math.max(1, columns * n)),
        (from, to) -> {
          for (int line = from; line < to; line++) {
            int image = x.offset() + line / rows * height * width * n;
            int row = line % rows;
            int upper = image + vertical.low[row] * width * n;
            int lower = image + vertical.high[row] * width * n;
            float fy = vertical.fraction[row];
            for (int column = 0; column < columns; column++) {
              int left = horizontal.low[column] * n;
              int right = horizontal.high[column] * n;
              float fx = horizontal.fraction[column];
              loops.mix(
                  x.floats(),
                  upper + left,
                  (1 - fy) * (1 - fx),
                  upper + right,
                  (1 - fy) * fx,
                  lower + left,
                  fy * (1 - fx),
                  lower + right,
                  fy * fx,
                  out.floats(),
                  out.offset() + (line * columns + column) * n,
                  n);
            }
          }
        });
  }

  void backward(Tensor gradOut, boolean alignCorners, Tensor gradX) {
    int height = gradX.dim(1);
    int width = gradX.dim(2);
    int n = gradX.dim(3);
    int rows = gradOut.dim(1);
    int columns = gradOut.dim(2);
    Axis vertical = Axis.of(height, rows, alignCorners);
    Axis horizontal = Axis.of(width, columns, alignCorners);
    int[] firstRows = vertical.firstResults(height);
    int[] firstColumns = horizontal.firstResults(width);
    pool.run(
        gradX.dim(0) * height,
        Math.max(1, CHUNK / Math.max(1, width * n)),
        (from, to) -> {
          for (int line = from; line < to; line++) {
            int image = gradOut.offset() + line / height * rows * columns * n;
            int y = line % height;
            for (int p = 0; p < width; p++) {
              int at = gradX.offset() + (line * width + p) * n;
              Arrays.fill(gradX.floats(), at, at + n, 0f);
              for (int row = firstRows[y]; row < rows && vertical.low[row] <= y; row++) {
                float share = vertical.share(row, y);
                for (int column = firstColumns[p];
                    column < columns && horizontal.low[column] <= p;
                    column++) {
                  loops.addScaled(
                      gradOut.floats(),
                      image + (row * columns + column) * n,
                      share * horizontal.share(column, p),
                      gradX.floats(),
                      at,
                      n);
                }
              }
            }
          }
        });
  }
}
