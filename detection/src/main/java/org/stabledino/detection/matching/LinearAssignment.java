package org.stabledino.detection.matching;

import java.util.Arrays;

/**
 * Exact assignment of least total cost: gives each row of a cost matrix at most one column and each
 * column at most one row, so that {@code min(rows, columns)} pairs have the least possible sum.
 *
 * <p>Shortest augmenting paths with dual variables (Jonker and Volgenant; the rectangular form of
 * Crouse, "On implementing 2D rectangular assignment algorithms", 2016). One Dijkstra search per
 * row of the short side, so {@code O(short^2 * long)}. Columns are scanned in the same order, and
 * equal distances prefer a free column, as in SciPy's {@code linear_sum_assignment}: ties fall the
 * same way.
 *
 * <p>An instance keeps its workspace and allocates only when a problem is larger than all before;
 * it serves one thread.
 *
 * <pre>{@code
 * int[] row = new int[2];
 * int[] col = new int[2];
 * int pairs = new LinearAssignment().solve(new double[] {4, 1, 3, 2, 0, 5}, 2, 3, row, col);
 * // pairs == 2; row == {0, 1}; col == {1, 0}; total 1 + 2 = 3
 * }</pre>
 */
public final class LinearAssignment {
  private static final int FREE = -1;

  // Per row of the short side.
  private double[] rowPrice = {};
  private int[] colOfRow = {};
  private boolean[] rowScanned = {};

  // Per column of the long side.
  private double[] colPrice = {};
  private double[] distance = {};
  private int[] previousRow = {};
  private int[] rowOfCol = {};
  private boolean[] colReached = {};
  private int[] remaining = {};

  private double[] transposed = {};

  /** A solver without workspace yet. */
  public LinearAssignment() {}

  /**
   * Solves one problem.
   *
   * @param cost the matrix, row-major: {@code [rows * cols]}, more behind it is not looked at;
   *     positive infinity forbids a pair
   * @param rows number of rows, may be 0
   * @param cols number of columns, may be 0
   * @param rowOut receives the row of each pair, ascending: {@code [min(rows, cols)]} or longer
   * @param colOut receives the column of each pair: {@code [min(rows, cols)]} or longer
   * @return the number of pairs, {@code min(rows, cols)}
   * @throws AssignmentException where a cost is NaN or negative infinity, or forbidden pairs leave
   *     no full assignment
   */
  public int solve(double[] cost, int rows, int cols, int[] rowOut, int[] colOut) {
    int size = Math.multiplyExact(rows, cols);
    int pairs = Math.min(rows, cols);
    if (rows < 0 || cols < 0 || cost.length < size) {
      throw new AssignmentException(
          "a cost matrix of %d x %d needs %d numbers, got %d"
              .formatted(rows, cols, size, cost.length));
    }
    if (rowOut.length < pairs || colOut.length < pairs) {
      throw new AssignmentException(
          "a cost matrix of %d x %d gives %d pairs; there is room for %d rows and %d columns"
              .formatted(rows, cols, pairs, rowOut.length, colOut.length));
    }
    checkCosts(cost, rows, cols, size);
    if (pairs == 0) {
      return 0;
    }
    boolean tall = cols < rows;
    double[] matrix = tall ? transpose(cost, rows, cols) : cost;
    int shortSide = pairs;
    int longSide = Math.max(rows, cols);
    prepare(shortSide, longSide);
    for (int row = 0; row < shortSide; row++) {
      int sink = shortestPath(matrix, longSide, row);
      if (sink < 0) {
        throw new AssignmentException(
            "the cost matrix of %d x %d forbids (by +infinity) every full assignment: %s %d finds no partner"
                .formatted(rows, cols, tall ? "column" : "row", row));
      }
      augment(row, sink);
    }
    if (!tall) {
      for (int i = 0; i < shortSide; i++) {
        rowOut[i] = i;
        colOut[i] = colOfRow[i];
      }
      return pairs;
    }
    int n = 0;
    for (int i = 0; i < rows; i++) {
      if (rowOfCol[i] != FREE) {
        rowOut[n] = i;
        colOut[n++] = rowOfCol[i];
      }
    }
    return pairs;
  }

  private static void checkCosts(double[] cost, int rows, int cols, int size) {
    for (int i = 0; i < size; i++) {
      // False for NaN as well.
      if (!(cost[i] > Double.NEGATIVE_INFINITY)) {
        throw new AssignmentException(
            "the cost matrix of %d x %d holds %s at row %d, column %d; every cost must be a number above -infinity"
                .formatted(rows, cols, cost[i], i / cols, i % cols));
      }
    }
  }

  private double[] transpose(double[] cost, int rows, int cols) {
    if (transposed.length < rows * cols) {
      transposed = new double[rows * cols];
    }
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < cols; c++) {
        transposed[c * rows + r] = cost[r * cols + c];
      }
    }
    return transposed;
  }

  private void prepare(int shortSide, int longSide) {
    if (rowPrice.length < shortSide) {
      rowPrice = new double[shortSide];
      colOfRow = new int[shortSide];
      rowScanned = new boolean[shortSide];
    }
    if (colPrice.length < longSide) {
      colPrice = new double[longSide];
      distance = new double[longSide];
      previousRow = new int[longSide];
      rowOfCol = new int[longSide];
      colReached = new boolean[longSide];
      remaining = new int[longSide];
    }
    Arrays.fill(rowPrice, 0, shortSide, 0);
    Arrays.fill(colOfRow, 0, shortSide, FREE);
    Arrays.fill(colPrice, 0, longSide, 0);
    Arrays.fill(rowOfCol, 0, longSide, FREE);
  }

  /**
   * Dijkstra over reduced costs from a row to the nearest free column, then the update of the
   * prices that keeps all reduced costs non-negative.
   *
   * @return the free column, or -1 where none can be reached
   */
  private int shortestPath(double[] matrix, int longSide, int start) {
    int shortSide = start + 1;
    for (int i = 0; i < longSide; i++) {
      // Descending, so that a matrix of equal costs gives the identity.
      remaining[i] = longSide - i - 1;
    }
    Arrays.fill(rowScanned, 0, shortSide, false);
    Arrays.fill(colReached, 0, longSide, false);
    Arrays.fill(distance, 0, longSide, Double.POSITIVE_INFINITY);
    int left = longSide;
    int row = start;
    double reached = 0;
    int sink = -1;
    while (sink < 0) {
      rowScanned[row] = true;
      int nearest = -1;
      double least = Double.POSITIVE_INFINITY;
      double price = rowPrice[row];
      int base = row * longSide;
      for (int k = 0; k < left; k++) {
        int col = remaining[k];
        double through = reached + matrix[base + col] - price - colPrice[col];
        if (through < distance[col]) {
          previousRow[col] = row;
          distance[col] = through;
        }
        if (distance[col] < least || (distance[col] == least && rowOfCol[col] == FREE)) {
          least = distance[col];
          nearest = k;
        }
      }
      reached = least;
      if (reached == Double.POSITIVE_INFINITY) {
        return -1;
      }
      int col = remaining[nearest];
      if (rowOfCol[col] == FREE) {
        sink = col;
      } else {
        row = rowOfCol[col];
      }
      colReached[col] = true;
      remaining[nearest] = remaining[--left];
    }
    rowPrice[start] += reached;
    for (int i = 0; i < start; i++) {
      if (rowScanned[i]) {
        rowPrice[i] += reached - distance[colOfRow[i]];
      }
    }
    for (int j = 0; j < longSide; j++) {
      if (colReached[j]) {
        colPrice[j] -= reached - distance[j];
      }
    }
    return sink;
  }

  /** Flips the pairs along the path that ends in {@code sink}. */
  private void augment(int start, int sink) {
    int col = sink;
    int row;
    do {
      row = previousRow[col];
      rowOfCol[col] = row;
      int next = colOfRow[row];
      colOfRow[row] = col;
      col = next;
    } while (row != start);
  }
}
