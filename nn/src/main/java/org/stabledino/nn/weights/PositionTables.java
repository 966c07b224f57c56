package org.stabledino.nn.weights;

import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Swin's tables of relative positions [(2 w - 1)^2, heads], carried from one window w to another by
 * bicubic interpolation over the square of offsets, as the official detectors do it (Swin, Sec.
 * 4.5; the kernel is Keys' with a = -0.75, pixel centres at halves, borders repeated).
 */
final class PositionTables {
  private static final String NAME = "relative_position_bias_table";
  private static final double A = -0.75;

  private PositionTables() {}

  /** Whether a tensor is such a table that fits after interpolation, and only then. */
  static boolean canResize(String name, DType type, Shape from, Shape to) {
    return name.endsWith(NAME)
        && type == DType.FLOAT32
        && from.rank() == 2
        && to.rank() == 2
        && from.dim(1) == to.dim(1)
        && from.dim(0) != to.dim(0)
        && side(from) > 0
        && side(to) > 0;
  }

  /** The side of the square; 0 where it is none. */
  private static int side(Shape table) {
    int side = (int) Math.round(Math.sqrt(table.dim(0)));
    return side * side == table.dim(0) ? side : 0;
  }

  /** Interpolates a table [s^2, heads] to a shape [t^2, heads]. */
  static Tensor resize(Tensor table, Shape to) {
    int source = side(table.shape());
    int target = side(to);
    int heads = to.dim(1);
    double[][] weights = weights(source, target);
    int[][] places = places(source, target);
    float[] result = new float[to.size()];
    for (int y = 0; y < target; y++) {
      for (int x = 0; x < target; x++) {
        for (int head = 0; head < heads; head++) {
          double sum = 0;
          for (int i = 0; i < 4; i++) {
            double row = 0;
            for (int j = 0; j < 4; j++) {
              int at = (places[y][i] * source + places[x][j]) * heads + head;
              row += weights[x][j] * table.floats()[table.offset() + at];
            }
            sum += weights[y][i] * row;
          }
          result[(y * target + x) * heads + head] = (float) sum;
        }
      }
    }
    return Tensor.of(result, to.dims());
  }

  /** The four neighbours of each target along one axis. */
  private static int[][] places(int source, int target) {
    int[][] places = new int[target][4];
    for (int i = 0; i < target; i++) {
      int first = (int) Math.floor(centre(i, source, target)) - 1;
      for (int j = 0; j < 4; j++) {
        places[i][j] = Math.clamp(first + j, 0, source - 1);
      }
    }
    return places;
  }

  private static double[][] weights(int source, int target) {
    double[][] weights = new double[target][4];
    for (int i = 0; i < target; i++) {
      double centre = centre(i, source, target);
      double fraction = centre - Math.floor(centre);
      for (int j = 0; j < 4; j++) {
        weights[i][j] = kernel(Math.abs(fraction + 1 - j));
      }
    }
    return weights;
  }

  private static double centre(int i, int source, int target) {
    return (i + 0.5) * source / target - 0.5;
  }

  private static double kernel(double distance) {
    double d = distance;
    return d <= 1 ? ((A + 2) * d - (A + 3)) * d * d + 1 : ((A * d - 5 * A) * d + 8 * A) * d - 4 * A;
  }
}
