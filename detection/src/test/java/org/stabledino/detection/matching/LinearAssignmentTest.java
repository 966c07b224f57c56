package org.stabledino.detection.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.testing.RecordedJson;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;

class LinearAssignmentTest {
  private final LinearAssignment solver = new LinearAssignment();

  @Test
  @Tag("parity")
  void equalsScipyOnEveryRecordedProblem() {
    try (Fixture recorded = Fixtures.open("matcher/linear_sum_assignment")) {
      int problems = 0;
      for (; recorded.has("lsa" + problems + ".cost"); problems++) {
        String name = "lsa" + problems;
        int[] shape = recorded.tensor(name + ".cost").shape().dims();
        int pairs = Math.min(shape[0], shape[1]);
        int[] row = new int[pairs];
        int[] col = new int[pairs];
        solver.solve(recorded.doubles(name + ".cost"), shape[0], shape[1], row, col);
        assertThat(row).as(name).isEqualTo(recorded.indices(name + ".row").ints());
        assertThat(col).as(name).isEqualTo(recorded.indices(name + ".col").ints());
      }
      assertThat(problems).isPositive();
    }
  }

  @Test
  void equalsScipyOnTheCommittedProblems() {
    for (RecordedJson problem :
        RecordedJson.resource("/matcher/linear_sum_assignment.json").list()) {
      int rows = (int) problem.get("rows").asLong();
      int cols = (int) problem.get("cols").asLong();
      int[] row = new int[Math.min(rows, cols)];
      int[] col = new int[Math.min(rows, cols)];
      solver.solve(problem.get("cost").doubles(), rows, cols, row, col);
      String name = problem.get("name").asString();
      assertThat(row).as(name).isEqualTo(problem.get("row").ints());
      assertThat(col).as(name).isEqualTo(problem.get("col").ints());
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "3,5", "5,3", "1,6", "6,1", "6,6", "4,7", "7,4"})
  void costsAsLittleAsTheBestOfAllAssignments(int rows, int cols) {
    SplittableRandom random = new SplittableRandom(31L * rows + cols);
    for (int trial = 0; trial < 60; trial++) {
      double[] cost = new double[rows * cols];
      for (int i = 0; i < cost.length; i++) {
        // Every third problem has small whole numbers, hence ties.
        cost[i] = trial % 3 == 0 ? random.nextInt(4) : random.nextDouble(-5, 5);
        if (trial % 5 == 4 && random.nextInt(4) == 0) {
          cost[i] = Double.POSITIVE_INFINITY;
        }
      }
      double best = bruteForce(cost, rows, cols, 0, new boolean[rows], new boolean[cols]);
      int pairs = Math.min(rows, cols);
      int[] row = new int[pairs];
      int[] col = new int[pairs];
      if (best == Double.POSITIVE_INFINITY) {
        assertThatThrownBy(() -> solver.solve(cost, rows, cols, row, col))
            .isInstanceOf(AssignmentException.class)
            .hasMessageContaining("forbids");
        continue;
      }
      assertThat(solver.solve(cost, rows, cols, row, col)).isEqualTo(pairs);
      double total = 0;
      for (int k = 0; k < pairs; k++) {
        total += cost[row[k] * cols + col[k]];
      }
      assertThat(total).isCloseTo(best, within(1e-12));
      assertThat(Arrays.stream(col).distinct().count()).isEqualTo(pairs);
      for (int k = 1; k < pairs; k++) {
        assertThat(row[k]).isGreaterThan(row[k - 1]);
      }
    }
  }

  /** Tries every way to give the rows (or, of a tall matrix, the columns) a partner. */
  private static double bruteForce(
      double[] cost, int rows, int cols, int depth, boolean[] rowUsed, boolean[] colUsed) {
    if (depth == Math.min(rows, cols)) {
      return 0;
    }
    boolean tall = cols < rows;
    boolean[] used = tall ? rowUsed : colUsed;
    double best = Double.POSITIVE_INFINITY;
    for (int i = 0; i < used.length; i++) {
      if (!used[i]) {
        used[i] = true;
        double here = tall ? cost[i * cols + depth] : cost[depth * cols + i];
        best = Math.min(best, here + bruteForce(cost, rows, cols, depth + 1, rowUsed, colUsed));
        used[i] = false;
      }
    }
    return best;
  }

  @Test
  void equalCostsGiveTheIdentity() {
    int[] row = new int[3];
    int[] col = new int[3];
    assertThat(solver.solve(new double[12], 3, 4, row, col)).isEqualTo(3);
    assertThat(row).containsExactly(0, 1, 2);
    assertThat(col).containsExactly(0, 1, 2);
    solver.solve(new double[12], 4, 3, row, col);
    assertThat(row).containsExactly(0, 1, 2);
    assertThat(col).containsExactly(0, 1, 2);
  }

  @Test
  void aWorkspaceLeftByALargerProblemDoesNotShow() {
    SplittableRandom random = new SplittableRandom(9);
    double[] large = random.doubles(50 * 40).toArray();
    double[] small = random.doubles(3 * 6).toArray();
    int[] row = new int[40];
    int[] col = new int[40];
    new LinearAssignment().solve(small, 3, 6, row, col);
    int[] expected = Arrays.copyOf(col, 3);
    solver.solve(large, 50, 40, row, col);
    solver.solve(small, 3, 6, row, col);
    assertThat(Arrays.copyOf(col, 3)).isEqualTo(expected);
  }

  @Test
  void refusesWhatHasNoOrder() {
    int[] out = new int[2];
    double[] nan = {0, 1, 2, 3, Double.NaN, 5};
    assertThatThrownBy(() -> solver.solve(nan, 2, 3, out, out))
        .isInstanceOf(AssignmentException.class)
        .hasMessageContaining("2 x 3")
        .hasMessageContaining("NaN at row 1, column 1");
    double[] minus = {0, Double.NEGATIVE_INFINITY};
    assertThatThrownBy(() -> solver.solve(minus, 1, 2, out, out))
        .isInstanceOf(AssignmentException.class)
        .hasMessageContaining("-Infinity at row 0, column 1");
  }

  @Test
  void refusesArraysThatAreTooShort() {
    int[] out = new int[1];
    assertThatThrownBy(() -> solver.solve(new double[5], 2, 3, out, out))
        .isInstanceOf(AssignmentException.class)
        .hasMessageContaining("needs 6 numbers, got 5");
    assertThatThrownBy(() -> solver.solve(new double[6], 2, 3, out, out))
        .isInstanceOf(AssignmentException.class)
        .hasMessageContaining("gives 2 pairs");
  }
}
