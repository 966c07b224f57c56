package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.LossKernels.Cost;
import org.stabledino.tensor.LossKernels.Focus;
import org.stabledino.tensor.LossKernels.Position;

/** The contract of {@link LossKernels}. */
public abstract class BackendContractLosses extends BackendContract {

  /** Boxes within the picture, every fifth of them equal to the one before. */
  private static float[] boxes(SplittableRandom random, int n) {
    float[] boxes = new float[4 * n];
    for (int i = 0; i < n; i++) {
      for (int c = 0; c < 4; c++) {
        double value = c < 2 ? random.nextDouble() : 0.02 + 0.5 * random.nextDouble();
        boxes[4 * i + c] = i % 5 == 4 ? boxes[4 * i + c - 4] : (float) value;
      }
    }
    return boxes;
  }

  private static double side(float[] a, int i, float[] b, int j, int axis, boolean hull) {
    double low = a[i + axis] - a[i + axis + 2] / 2.0;
    double high = a[i + axis] + a[i + axis + 2] / 2.0;
    double otherLow = b[j + axis] - b[j + axis + 2] / 2.0;
    double otherHigh = b[j + axis] + b[j + axis + 2] / 2.0;
    return hull
        ? Math.max(high, otherHigh) - Math.min(low, otherLow)
        : Math.max(0, Math.min(high, otherHigh) - Math.max(low, otherLow));
  }

  /** IoU and GIoU. */
  private static double[] overlap(float[] a, int i, float[] b, int j) {
    double inter = side(a, i, b, j, 0, false) * side(a, i, b, j, 1, false);
    double union = (double) a[i + 2] * a[i + 3] + (double) b[j + 2] * b[j + 3] - inter;
    double hull = side(a, i, b, j, 0, true) * side(a, i, b, j, 1, true);
    double iou = inter / (union + 1e-6);
    return new double[] {iou, iou - (hull - union) / (hull + 1e-6)};
  }

  @ParameterizedTest
  @CsvSource({"1,1", "0,3", "3,0", "7,5", "300,11", "20,900"})
  void boxesOverlap(int n, int m) {
    SplittableRandom random = new SplittableRandom(n * 31L + m);
    float[] a = boxes(random, n);
    float[] b = boxes(random, m);
    if (n > 0 && m > 0) {
      System.arraycopy(a, 0, b, 0, 4);
    }
    double[] iou = new double[n * m];
    double[] giou = new double[n * m];
    for (int i = 0; i < n * m; i++) {
      double[] both = overlap(a, 4 * (i / m), b, 4 * (i % m));
      iou[i] = both[0];
      giou[i] = both[1];
    }
    Tensor first = upload(Tensor.of(a, n, 4));
    Tensor second = upload(Tensor.of(b, m, 4));
    Tensor ious = output(n, m);
    Tensor gious = output(n, m);
    backend().losses().overlaps(first, second, ious, gious);
    assertClose("IoU", download(ious), iou, 1e-5, 0);
    assertClose("GIoU", download(gious), giou, 1e-5, 0);
    Tensor alone = output(n, m);
    backend().losses().overlaps(first, second, null, alone);
    assertThat(download(alone)).isEqualTo(download(gious));
    backend().losses().overlaps(first, second, alone, null);
    assertThat(download(alone)).isEqualTo(download(ious));
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,0.5,2",
    "7,3,4,0.5,2",
    "60,20,80,0.25,1.5",
    "33,9,5,1,2",
    "5,0,3,0.5,2",
    "0,5,3,0.5,2",
  })
  void costsFollowTheirEquation(
      int queries, int count, int classes, double exponent, double gamma) {
    SplittableRandom random = new SplittableRandom(queries * 31L + count);
    Cost cost = new Cost(2, 5, 2.5, exponent, 0.25, gamma);
    Tensor logits = normal(random, queries, classes);
    int[] labels = random.ints(count, 0, classes).toArray();
    float[] a = boxes(random, queries);
    float[] b = boxes(random, count);
    float[] giou = new float[queries * count];
    float[] modulator = new float[queries * count];
    for (int i = 0; i < giou.length; i++) {
      giou[i] = (float) overlap(a, 4 * (i / count), b, 4 * (i % count))[1];
      modulator[i] = (float) (random.nextDouble() - 0.8);
    }
    float largest = 0.2f;
    for (boolean modulated : new boolean[] {false, true}) {
      double[] expected = new double[giou.length];
      for (int i = 0; i < giou.length; i++) {
        int query = i / count;
        int target = i % count;
        double u = (modulator[i] + 1.0) / 2 * Math.max(1, 1 / ((largest + 1.0) / 2 + 1e-8));
        double p = 1 / (1 + Math.exp(-logits.get(query, labels[target])));
        double q = modulated ? p * Math.pow(u, exponent) : p;
        double positive = 0.25 * Math.pow(1 - q, gamma) * -Math.log(q + 1e-8);
        double negative = 0.75 * Math.pow(q, gamma) * -Math.log(1 - q + 1e-8);
        double l1 = 0;
        for (int c = 0; c < 4; c++) {
          l1 += Math.abs((double) a[4 * query + c] - b[4 * target + c]);
        }
        expected[i] = 2 * (positive - negative) + 5 * l1 + 2.5 * (1 - giou[i]);
      }
      Tensor out = output(queries, count);
      backend()
          .losses()
          .matchingCosts(
              cost,
              upload(logits),
              upload(Tensor.of(labels, count)),
              upload(Tensor.of(a, queries, 4)),
              upload(Tensor.of(b, count, 4)),
              upload(Tensor.of(giou, queries, count)),
              modulated ? upload(Tensor.of(modulator, queries, count)) : null,
              modulated ? upload(Tensor.of(new float[] {largest}, 1)) : null,
              out);
      assertClose("cost", download(out), expected, 1e-5, 1e-5);
    }
  }

  /** The loss of one element. */
  private static double loss(double x, double t, boolean positive, double alpha, double gamma) {
    double p = 1 / (1 + Math.exp(-x));
    double entropy = -t * Math.log(p) - (1 - t) * -Math.log1p(Math.exp(x));
    return (positive ? alpha : 1 - alpha) * Math.pow(Math.abs(t - p), gamma) * entropy;
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,2,true",
    "9,4,2,true",
    "40,91,2,true",
    "700,80,2,true",
    "9,4,2,false",
    "30,7,1.5,true",
    "30,7,3,false",
    "0,4,2,true",
  })
  void classLossAndItsSlope(int queries, int classes, double gamma, boolean finite) {
    SplittableRandom random = new SplittableRandom(queries * 31L + classes);
    Focus focus = new Focus(0.25, gamma, finite);
    Tensor logits = normal(random, queries, classes);
    int[] labels = random.ints(queries, -1, classes).toArray();
    float[] targets = new float[queries];
    for (int i = 0; i < queries; i++) {
      targets[i] = i % 4 == 0 ? 1 : random.nextInt(11) / 10f;
    }
    float[] before = normals(random, queries * classes);
    double sum = 0;
    double[] gradient = new double[queries * classes];
    for (int i = 0; i < gradient.length; i++) {
      boolean positive = labels[i / classes] == i % classes;
      double t = positive ? targets[i / classes] : 0;
      double x = logits.get(i / classes, i % classes);
      sum += loss(x, t, positive, 0.25, gamma);
      double up = loss(x + 1e-6, t, positive, 0.25, gamma);
      double down = loss(x - 1e-6, t, positive, 0.25, gamma);
      gradient[i] = before[i] + 0.7 * (up - down) / 2e-6;
    }
    Tensor sums = output(1);
    Tensor grad = upload(Tensor.of(before.clone(), queries, classes));
    Tensor label = upload(Tensor.of(labels, queries));
    Tensor target = upload(Tensor.of(targets, queries));
    backend().losses().classLoss(focus, upload(logits), label, target, 0.7f, sums, grad);
    assertClose("sum", download(sums), new double[] {sum}, 1e-6, 2e-6);
    assertClose("gradient", download(grad), gradient, 3e-6, 1e-5);
    Tensor alone = output(1);
    backend().losses().classLoss(focus, upload(logits), label, target, 0.7f, alone, null);
    assertThat(download(alone)).isEqualTo(download(sums));
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e30f, -200, -104, -90, -30, 30, 95, 200, 1e30f})
  void logarithmsOfLogitsAreFinite(float logit) {
    Tensor sums = output(1);
    Tensor grad = upload(Tensor.zeros(1, 3));
    Tensor logits = upload(Tensor.full(logit, 1, 3));
    Tensor label = upload(Tensor.of(new int[] {1}, 1));
    for (float t : new float[] {0, 0.5f, 1}) {
      Tensor target = upload(Tensor.full(t, 1));
      backend().losses().classLoss(new Focus(0.25, 2, true), logits, label, target, 1f, sums, grad);
      double high = Math.max(logit, 0);
      double low = Math.max(-logit, 0);
      double expected = 0.25 * Math.pow(t - (logit > 0 ? 1 : 0), 2) * (t * low + (1 - t) * high);
      expected += logit > 0 ? 1.5 * high : 0;
      assertClose("sum", download(sums), new double[] {expected}, 1e-12, 1e-5);
    }
    for (float slope : download(grad)) {
      assertThat(slope).isFinite();
    }
  }

  /** Where a probability is 0 in float32, its logarithm is infinite, and 0 times that is NaN. */
  @Test
  void logarithmsOfProbabilitiesAreNot() {
    Tensor sums = output(1);
    Tensor label = upload(Tensor.of(new int[] {-1}, 1));
    Tensor target = upload(Tensor.zeros(1));
    Tensor logits = upload(Tensor.full(-104f, 1, 1));
    backend().losses().classLoss(new Focus(0.25, 2, false), logits, label, target, 1f, sums, null);
    assertThat(download(sums)).containsExactly(Float.NaN);
  }

  /** Different numbers below a bound, in any order. */
  private static int[] different(SplittableRandom random, int count, int bound) {
    int[] all = IntStream.range(0, bound).toArray();
    for (int i = 0; i < count; i++) {
      int other = random.nextInt(i, bound);
      int kept = all[i];
      all[i] = all[other];
      all[other] = kept;
    }
    return Arrays.copyOf(all, count);
  }

  private static double curve(LossKernels.Curve curve, double x) {
    return switch (curve) {
      case IDENTITY -> x;
      case EXPONENTIAL -> (Math.exp(x) - 1) / (Math.E - 1);
      case SINE -> Math.sin(x * Math.PI / 2);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "1,1,1,0,2,IDENTITY,true",
    "40,7,7,0,2,IDENTITY,true",
    "900,23,23,0,2,IDENTITY,true",
    "40,7,7,0,2,IDENTITY,false",
    "12,3,9,0.25,1,IDENTITY,true",
    "12,3,9,1,2,IDENTITY,false",
    "300,30,280,0,1,EXPONENTIAL,true",
    "300,30,280,0,3,SINE,false",
    "20,4,4,0,0,IDENTITY,false",
    "20,4,0,0,2,IDENTITY,true",
    "20,0,0,0,2,IDENTITY,true",
  })
  void targetsFollowTheirEquation(
      int queries,
      int count,
      int pairs,
      double byP,
      double byIou,
      LossKernels.Curve curve,
      boolean largest) {
    SplittableRandom random = new SplittableRandom(queries * 31L + pairs);
    Position position = new Position(byP, byIou, curve, largest, true);
    Tensor logits = normal(random, queries, 5);
    float[] a = boxes(random, queries);
    float[] b = boxes(random, count);
    int[] labels = random.ints(count, 0, 5).toArray();
    int[] query = different(random, pairs, queries);
    int[] target = random.ints(pairs, 0, Math.max(1, count)).toArray();
    double[] expected = new double[queries];
    double best = 0;
    for (int i = 0; i < pairs; i++) {
      double p = 1 / (1 + Math.exp(-logits.get(query[i], labels[target[i]])));
      double iou = overlap(a, 4 * query[i], b, 4 * target[i])[0];
      expected[query[i]] = curve(curve, Math.pow(p, byP) * Math.pow(iou, byIou));
      best = Math.max(best, expected[query[i]]);
    }
    double most = largest ? 0 : 1;
    for (int i = 0; largest && i < queries * count; i++) {
      most = Math.max(most, overlap(a, 4 * (i / count), b, 4 * (i % count))[0]);
    }
    for (int i = 0; i < queries; i++) {
      expected[i] *= Math.max(1, most / (best + 1e-8));
    }
    Tensor out = output(queries);
    backend()
        .losses()
        .positionTargets(
            position,
            upload(logits),
            upload(Tensor.of(a, queries, 4)),
            upload(Tensor.of(labels, count)),
            upload(Tensor.of(b, count, 4)),
            upload(Tensor.of(query, pairs)),
            upload(Tensor.of(target, pairs)),
            out);
    assertClose("target", download(out), expected, 1e-12, 1e-6);
  }

  private static double boxLoss(float[] a, int i, float[] b, int j, double l1, double giou) {
    double distance = 0;
    for (int c = 0; c < 4; c++) {
      distance += Math.abs((double) a[i + c] - b[j + c]);
    }
    return l1 * distance + giou * (1 - overlap(a, i, b, j)[1]);
  }

  @ParameterizedTest
  @CsvSource({"1,1,1", "7,5,5", "300,11,11", "900,40,700", "9,3,0", "9,0,0"})
  void boxLossesAndTheirSlope(int queries, int count, int pairs) {
    SplittableRandom random = new SplittableRandom(queries * 31L + pairs);
    float[] a = boxes(random, queries);
    float[] b = boxes(random, count);
    int[] query = different(random, pairs, queries);
    int[] target = random.ints(pairs, 0, Math.max(1, count)).toArray();
    float[] before = normals(random, 4 * queries);
    double[] gradient = new double[4 * queries];
    Arrays.setAll(gradient, i -> before[i]);
    double l1 = 0;
    double giou = 0;
    for (int i = 0; i < pairs; i++) {
      int at = 4 * query[i];
      l1 += boxLoss(a, at, b, 4 * target[i], 1, 0);
      giou += boxLoss(a, at, b, 4 * target[i], 0, 1);
      for (int c = 0; c < 4; c++) {
        float kept = a[at + c];
        a[at + c] = kept + 1e-6f;
        double width = a[at + c];
        double up = boxLoss(a, at, b, 4 * target[i], 0.7, 0.3);
        a[at + c] = kept - 1e-6f;
        width -= a[at + c];
        gradient[at + c] += (up - boxLoss(a, at, b, 4 * target[i], 0.7, 0.3)) / width;
        a[at + c] = kept;
      }
    }
    Tensor boxes = upload(Tensor.of(a, queries, 4));
    Tensor truth = upload(Tensor.of(b, count, 4));
    Tensor q = upload(Tensor.of(query, pairs));
    Tensor t = upload(Tensor.of(target, pairs));
    Tensor sums = upload(Tensor.of(new double[] {Double.NaN, Double.NaN}, 2));
    Tensor grad = upload(Tensor.of(before, queries, 4));
    backend().losses().boxLoss(boxes, truth, q, t, 0.7, 0.3, sums, grad);
    assertThat(downloadDoubles(sums)[0]).isCloseTo(l1, within(1e-9 * (1 + l1)));
    assertThat(downloadDoubles(sums)[1]).isCloseTo(giou, within(1e-9 * (1 + giou)));
    assertClose("gradient", download(grad), gradient, 1e-4, 1e-4);
    double[] once = downloadDoubles(sums);
    backend().losses().boxLoss(boxes, truth, q, t, 0.7, 0.3, sums, null);
    assertThat(downloadDoubles(sums)).isEqualTo(once);
  }

  /** Boxes that are far apart, inside each other, or that share an edge. */
  @ParameterizedTest
  @CsvSource({
    "0.2,0.2,0.1,0.1, 0.8,0.7,0.2,0.3",
    "0.5,0.5,0.8,0.9, 0.52,0.47,0.2,0.3",
    "0.52,0.47,0.2,0.3, 0.5,0.5,0.8,0.9",
    "0.3,0.5,0.2,0.2, 0.45,0.56,0.2,0.2",
    "0.3,0.9,0.2,0.2, 0.35,0.3,0.2,0.2",
  })
  void boxGradientsAreThoseOfTheEquation(
      float x, float y, float w, float h, float tx, float ty, float tw, float th) {
    float[] a = {x, y, w, h};
    float[] b = {tx, ty, tw, th};
    double[] gradient = new double[4];
    for (int c = 0; c < 4; c++) {
      float kept = a[c];
      a[c] = kept + 1e-6f;
      double width = a[c];
      double up = boxLoss(a, 0, b, 0, 5, 2);
      a[c] = kept - 1e-6f;
      width -= a[c];
      gradient[c] = (up - boxLoss(a, 0, b, 0, 5, 2)) / width;
      a[c] = kept;
    }
    Tensor grad = upload(Tensor.zeros(1, 4));
    Tensor zero = upload(Tensor.of(new int[1], 1));
    Tensor sums = upload(Tensor.of(new double[2], 2));
    Tensor boxes = upload(Tensor.of(a, 1, 4));
    Tensor truth = upload(Tensor.of(b, 1, 4));
    backend().losses().boxLoss(boxes, truth, zero, zero, 5, 2, sums, grad);
    assertClose("gradient", download(grad), gradient, 1e-4, 1e-4);
  }

  @Test
  void theTotalIsWeighted() {
    Tensor classes = upload(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
    Tensor boxes = upload(Tensor.of(new double[] {5, 6, 7, 8, 9, 10, 11, 12}, 2, 2, 2));
    Tensor weights = upload(Tensor.of(new double[] {0.5, 2, 3, 4, 0.25, 5, 6, 7}, 2, 4));
    Tensor total = output(1);
    backend().losses().total(classes, boxes, weights, total);
    double first = 0.5 * (2 * 3 + 3 * 12 + 4 * 14);
    double second = 0.25 * (5 * 7 + 6 * 20 + 7 * 22);
    assertThat(download(total)).containsExactly((float) (first + second));
  }
}
