package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract of {@link IndexingKernels}. */
public abstract class BackendContractIndexing extends BackendContract {

  private static int[] randomDims(SplittableRandom random, int rank, int bound) {
    return IntStream.range(0, rank).map(i -> 1 + random.nextInt(bound)).toArray();
  }

  @Test
  void sumToSumsWhatBroadcastingStretches() {
    SplittableRandom random = new SplittableRandom(5);
    int[][][] chosen = {
      {{}, {}},
      {{7}, {}},
      {{100_003}, {1}},
      {{70, 33}, {33}},
      {{5000, 33}, {1, 33}},
      {{70, 33}, {70, 1}},
      {{3, 500, 8}, {3, 1, 8}},
      {{4, 3, 5, 2}, {1, 3, 1, 2}},
      {{4, 3, 5, 2}, {4, 1, 5, 1}},
      {{0, 4}, {4}},
      {{0, 4}, {}},
      {{4, 0}, {0}},
      {{1, 6}, {6}},
    };
    for (int[][] shapes : chosen) {
      checkSumTo(random, shapes[0], shapes[1]);
    }
    for (int round = 0; round < 100; round++) {
      int rank = random.nextInt(6);
      int[] from = randomDims(random, rank, 7);
      int[] to = from.clone();
      for (int i = 0; i < rank; i++) {
        to[i] = random.nextBoolean() ? 1 : to[i];
      }
      int cut = random.nextInt(rank + 1);
      checkSumTo(random, from, Arrays.copyOfRange(to, cut, rank));
    }
  }

  private void checkSumTo(SplittableRandom random, int[] from, int[] to) {
    Tensor x = normal(random, from);
    Shape target = Shape.of(to);
    double[] expected = new double[target.size()];
    for (int i = 0; i < x.size(); i++) {
      int rest = i;
      int at = 0;
      int stride = 1;
      for (int axis = 1; axis <= from.length; axis++) {
        int index = rest % x.dim(-axis);
        rest /= x.dim(-axis);
        if (axis <= to.length) {
          at += (target.dim(-axis) == 1 ? 0 : index) * stride;
          stride *= target.dim(-axis);
        }
      }
      expected[at] += x.floats()[x.offset() + i];
    }
    Tensor out = output(to);
    backend().indexing().sumTo(upload(x), out);
    String what = "sum of " + x.shape() + " to " + target;
    assertClose(what, download(out), expected, 1e-5, 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 100, 900})
  void topKIsStable(int n) {
    SplittableRandom random = new SplittableRandom(n);
    for (int rows : new int[] {0, 1, 3, 40}) {
      float[] x = new float[rows * n];
      for (int i = 0; i < x.length; i++) {
        // Few different values, so that there are many equals; NaN counts as the largest.
        x[i] = random.nextInt(50) == 0 ? Float.NaN : random.nextInt(20) - 10;
      }
      for (int k : new int[] {0, 1, n / 2, n}) {
        float[] values = new float[rows * k];
        int[] indices = new int[rows * k];
        for (int row = 0; row < rows; row++) {
          int at = row * n;
          int[] best =
              IntStream.range(0, n)
                  .boxed()
                  .sorted(Comparator.comparing((Integer i) -> x[at + i]).reversed())
                  .mapToInt(i -> i)
                  .toArray();
          for (int i = 0; i < k; i++) {
            values[row * k + i] = x[at + best[i]];
            indices[row * k + i] = best[i];
          }
        }
        Tensor out = output(rows, k);
        Tensor at = upload(Tensor.of(new int[rows * k], rows, k));
        backend().indexing().topK(upload(Tensor.of(x, rows, n)), k, out, at);
        assertThat(downloadInts(at)).isEqualTo(indices);
        assertThat(download(out)).isEqualTo(values);
      }
      Tensor out = output(rows);
      Tensor at = upload(Tensor.of(new int[rows], rows));
      backend().indexing().maxLast(upload(Tensor.of(x, rows, n)), out, at);
      for (int row = 0; row < rows; row++) {
        int best = 0;
        for (int i = 1; i < n; i++) {
          if (Float.compare(x[row * n + i], x[row * n + best]) > 0) {
            best = i;
          }
        }
        assertThat(downloadInts(at)[row]).isEqualTo(best);
        assertThat(Float.compare(download(out)[row], x[row * n + best])).isZero();
      }
    }
  }

  @Test
  void outputsOfTopKAndMaxLastMayBeAbsent() {
    Tensor x = upload(Tensor.of(new float[] {1f, 3f, 2f}, 1, 3));
    Tensor values = output(1, 2);
    Tensor indices = upload(Tensor.of(new int[1], 1));
    backend().indexing().topK(x, 2, values, null);
    backend().indexing().maxLast(x, null, indices);
    assertThat(download(values)).containsExactly(3f, 2f);
    assertThat(downloadInts(indices)).containsExactly(1);
  }

  @Test
  void permuteReordersAxes() {
    SplittableRandom random = new SplittableRandom(8);
    checkPermute(random, new int[] {300, 201}, new int[] {1, 0});
    checkPermute(random, new int[] {2, 50, 4, 33}, new int[] {0, 2, 1, 3});
    checkPermute(random, new int[] {2, 30, 31, 20}, new int[] {0, 3, 1, 2});
    checkPermute(random, new int[] {2, 20, 30, 31}, new int[] {0, 2, 3, 1});
    checkPermute(random, new int[] {3, 0, 2}, new int[] {2, 1, 0});
    checkPermute(random, new int[] {}, new int[] {});
    for (int round = 0; round < 100; round++) {
      int rank = 1 + random.nextInt(5);
      int[] order = IntStream.range(0, rank).toArray();
      for (int i = rank - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
      }
      checkPermute(random, randomDims(random, rank, 8), order);
    }
  }

  private void checkPermute(SplittableRandom random, int[] dims, int[] order) {
    Tensor x = normal(random, dims);
    int[] target = Arrays.stream(order).map(axis -> dims[axis]).toArray();
    Tensor out = output(target);
    backend().indexing().permute(upload(x), order, out);
    double[] expected = new double[x.size()];
    for (int i = 0; i < expected.length; i++) {
      int[] index = new int[order.length];
      int rest = i;
      for (int axis = order.length - 1; axis >= 0; axis--) {
        index[order[axis]] = rest % target[axis];
        rest /= target[axis];
      }
      expected[i] = x.get(index);
    }
    String what = "permute " + x.shape() + " by " + Arrays.toString(order);
    assertClose(what, download(out), expected, 0, 0);
  }

  @Test
  void blocksAreCopiedAndAdded() {
    SplittableRandom random = new SplittableRandom(9);
    for (int round = 0; round < 120; round++) {
      int rank = 1 + random.nextInt(4);
      int[] dims = randomDims(random, rank, 9);
      int axis = random.nextInt(rank);
      int[] outDims = dims.clone();
      outDims[axis] = 1 + random.nextInt(9);
      int width = random.nextInt(Math.min(dims[axis], outDims[axis]) + 1);
      int from = random.nextInt(dims[axis] - width + 1);
      int to = random.nextInt(outDims[axis] - width + 1);
      checkBlock(random, dims, outDims, axis, from, width, to);
    }
    checkBlock(random, new int[] {2, 90_000}, new int[] {2, 80_000}, 1, 20_000, 60_001, 7);
    checkBlock(random, new int[] {40_000}, new int[] {50_000}, 0, 100, 39_000, 3_000);
  }

  private void checkBlock(
      SplittableRandom random, int[] dims, int[] outDims, int axis, int from, int width, int to) {
    Tensor x = normal(random, dims);
    float[] before = normals(random, Shape.of(outDims).size());
    int inner = x.shape().count(axis + 1, dims.length);
    int outer = x.shape().count(0, axis);
    double[] copied = new double[before.length];
    double[] added = new double[before.length];
    for (int i = 0; i < before.length; i++) {
      copied[i] = before[i];
      added[i] = before[i];
    }
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < width * inner; i++) {
        float value = x.floats()[x.offset() + (o * dims[axis] + from) * inner + i];
        int at = (o * outDims[axis] + to) * inner + i;
        copied[at] = value;
        added[at] = before[at] + value;
      }
    }
    Tensor out = upload(Tensor.of(before.clone(), outDims));
    backend().indexing().copyBlock(upload(x), axis, from, width, out, to);
    assertClose("copyBlock", download(out), copied, 0, 0);
    out = upload(Tensor.of(before.clone(), outDims));
    backend().indexing().addBlock(upload(x), axis, from, width, out, to);
    assertClose("addBlock", download(out), added, 0, 0);
  }

  @Test
  void blocksOutsideTheTensorsAreRefused() {
    IndexingKernels kernels = backend().indexing();
    assertThatThrownBy(() -> kernels.copyBlock(output(2, 5), 1, 3, 3, output(2, 9), 0))
        .isInstanceOf(ShapeMismatchException.class);
    assertThatThrownBy(() -> kernels.copyBlock(output(2, 5), 1, 0, 3, output(2, 4), 2))
        .isInstanceOf(ShapeMismatchException.class);
    assertThatThrownBy(() -> kernels.addBlock(output(2, 5), 1, 0, 3, output(3, 5), 0))
        .isInstanceOf(ShapeMismatchException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 30, 256})
  void rowsAreGatheredAndScattered(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    for (int k : new int[] {0, 1, 17, 300}) {
      int batch = 2;
      int rows = 23;
      int[] indices = random.ints((long) batch * k, 0, rows).toArray();
      Tensor at = upload(Tensor.of(indices, batch, k));
      Tensor x = normal(random, batch, rows, channels);
      double[] gathered = new double[batch * k * channels];
      for (int i = 0; i < gathered.length; i++) {
        int row = i / channels;
        gathered[i] = x.get(row / k, indices[row], i % channels);
      }
      Tensor out = output(batch, k, channels);
      backend().indexing().gatherRows(upload(x), at, out);
      assertClose("gatherRows", download(out), gathered, 0, 0);

      Tensor y = normal(random, batch, k, channels);
      float[] before = normals(random, batch * rows * channels);
      double[] scattered = new double[before.length];
      Arrays.setAll(scattered, i -> before[i]);
      for (int i = 0; i < y.size(); i++) {
        int row = i / channels;
        scattered[(row / k * rows + indices[row]) * channels + i % channels] +=
            y.floats()[y.offset() + i];
      }
      Tensor sum = upload(Tensor.of(before.clone(), batch, rows, channels));
      backend().indexing().scatterAddRows(upload(y), at, sum);
      assertClose("scatterAddRows", download(sum), scattered, 1e-5, 1e-6);
    }
  }
}
