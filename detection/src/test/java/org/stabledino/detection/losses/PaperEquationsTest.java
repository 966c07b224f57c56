package org.stabledino.detection.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.TargetForm;
import org.stabledino.detection.model.TargetForm.Curve;
import org.stabledino.tensor.Tensor;

/**
 * Eq. 3 and Eq. 4 of the paper, written down once more in double precision as plainly as they stand
 * there, against what trains.
 */
class PaperEquationsTest {
  private static final int CLASSES = 5;
  private static final double ALPHA = 0.25;

  /** Random predictions of two images, and targets that repeat classes. */
  private record Problem(float[] logits, float[] boxes, int queries, List<Targets> targets) {

    static Problem random(long seed) {
      Random random = new Random(seed);
      int queries = 6 + random.nextInt(20);
      float[] logits = new float[2 * queries * CLASSES];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (2 * random.nextGaussian() - 1);
      }
      float[] boxes = boxes(random, 2 * queries);
      List<Targets> targets = new ArrayList<>();
      for (int image = 0; image < 2; image++) {
        int count = 1 + random.nextInt(6);
        targets.add(new Targets(random.ints(count, 0, CLASSES).toArray(), boxes(random, count)));
      }
      return new Problem(logits, boxes, queries, targets);
    }

    private static float[] boxes(Random random, int count) {
      float[] boxes = new float[4 * count];
      for (int i = 0; i < boxes.length; i++) {
        boxes[i] = 0.15f + 0.6f * random.nextFloat();
      }
      return boxes;
    }

    Predictions predictions() {
      return Predictions.all(
          Tensor.of(logits, 2, queries, CLASSES), Tensor.of(boxes, 2, queries, 4));
    }

    double p(int image, int query, int label) {
      return 1 / (1 + Math.exp(-logits[(image * queries + query) * CLASSES + label]));
    }

    int box(int image, int query) {
      return 4 * (image * queries + query);
    }
  }

  /** IoU and GIoU of two boxes by their corners. */
  private static double[] overlap(float[] a, int i, float[] b, int j) {
    double left = Math.max(a[i] - a[i + 2] / 2.0, b[j] - b[j + 2] / 2.0);
    double right = Math.min(a[i] + a[i + 2] / 2.0, b[j] + b[j + 2] / 2.0);
    double top = Math.max(a[i + 1] - a[i + 3] / 2.0, b[j + 1] - b[j + 3] / 2.0);
    double bottom = Math.min(a[i + 1] + a[i + 3] / 2.0, b[j + 1] + b[j + 3] / 2.0);
    double inter = Math.max(0, right - left) * Math.max(0, bottom - top);
    double union = (double) a[i + 2] * a[i + 3] + (double) b[j + 2] * b[j + 3] - inter;
    double hull =
        (Math.max(a[i] + a[i + 2] / 2.0, b[j] + b[j + 2] / 2.0)
                - Math.min(a[i] - a[i + 2] / 2.0, b[j] - b[j + 2] / 2.0))
            * (Math.max(a[i + 1] + a[i + 3] / 2.0, b[j + 1] + b[j + 3] / 2.0)
                - Math.min(a[i + 1] - a[i + 3] / 2.0, b[j + 1] - b[j + 3] / 2.0));
    double iou = inter / (union + 1e-6);
    return new double[] {iou, iou - (hull - union) / (hull + 1e-6)};
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void positionModulatedCost(long seed) {
    Problem problem = Problem.random(seed);
    HungarianMatcher matcher = new HungarianMatcher(MatchingConfig.STABLE);
    for (int image = 0; image < 2; image++) {
      Targets targets = problem.targets().get(image);
      double largest = 0;
      for (int q = 0; q < problem.queries(); q++) {
        for (int t = 0; t < targets.count(); t++) {
          largest = Math.max(largest, u(problem, image, q, t));
        }
      }
      double[] cost = matcher.cost(problem.predictions(), image, problem.targets());
      for (int q = 0; q < problem.queries(); q++) {
        for (int t = 0; t < targets.count(); t++) {
          double u = u(problem, image, q, t) * Math.max(1, 1 / (largest + 1e-8));
          double modulated = problem.p(image, q, targets.labels()[t]) * Math.sqrt(u);
          double positive = ALPHA * Math.pow(1 - modulated, 2) * -Math.log(modulated + 1e-8);
          double negative = (1 - ALPHA) * Math.pow(modulated, 2) * -Math.log(1 - modulated + 1e-8);
          int box = problem.box(image, q);
          double l1 = 0;
          for (int c = 0; c < 4; c++) {
            l1 += Math.abs((double) problem.boxes()[box + c] - targets.boxes()[4 * t + c]);
          }
          double giou = overlap(problem.boxes(), box, targets.boxes(), 4 * t)[1];
          double expected = 2 * (positive - negative) + 5 * l1 + 2 * (1 - giou);
          assertThat(cost[q * targets.count() + t]).isCloseTo(expected, within(2e-6));
        }
      }
    }
  }

  private static double u(Problem problem, int image, int query, int target) {
    float[] truth = problem.targets().get(image).boxes();
    return (overlap(problem.boxes(), problem.box(image, query), truth, 4 * target)[1] + 1) / 2;
  }

  /** f1 of Table 7. */
  private record Form(String name, TargetForm form, DoubleBinaryOperator f1) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Form> formsOfTable7() {
    return Stream.of(
        new Form("s^0.5", new TargetForm(0, 0.5, Curve.IDENTITY), (_, s) -> Math.sqrt(s)),
        new Form("s", new TargetForm(0, 1, Curve.IDENTITY), (_, s) -> s),
        new Form("s^2", TargetForm.SQUARE, (_, s) -> s * s),
        new Form("s^3", new TargetForm(0, 3, Curve.IDENTITY), (_, s) -> s * s * s),
        new Form(
            "s p^0.25", new TargetForm(0.25, 1, Curve.IDENTITY), (p, s) -> s * Math.pow(p, 0.25)),
        new Form("s p", new TargetForm(1, 1, Curve.IDENTITY), (p, s) -> s * p),
        new Form("s^2 p", new TargetForm(1, 2, Curve.IDENTITY), (p, s) -> s * s * p),
        new Form(
            "exp",
            new TargetForm(0, 1, Curve.EXPONENTIAL),
            (_, s) -> (Math.exp(s) - 1) / (Math.E - 1)),
        new Form("sin", new TargetForm(0, 1, Curve.SINE), (_, s) -> Math.sin(s * Math.PI / 2)),
        new Form("1", TargetForm.ONE, (_, _) -> 1));
  }

  @ParameterizedTest
  @MethodSource("formsOfTable7")
  void positionSupervisedLoss(Form form) {
    for (Rescaling rescaling : Rescaling.values()) {
      LossConfig config = LossConfig.STABLE.withTarget(form.form(), rescaling);
      for (long seed = 1; seed <= 5; seed++) {
        check(Problem.random(seed), form, rescaling, new PositionSupervisedLoss(config));
      }
    }
  }

  private static void check(
      Problem problem, Form form, Rescaling rescaling, PositionSupervisedLoss loss) {
    List<Matching> matchings =
        new HungarianMatcher(MatchingConfig.STABLE).match(problem.predictions(), problem.targets());
    for (int image = 0; image < 2; image++) {
      Matching matching = matchings.get(image);
      Targets targets = problem.targets().get(image);
      Tensor gradient = Tensor.zeros(2, problem.queries(), CLASSES);
      double actual = Sums.of(loss, problem.predictions(), image, targets, matching, 1, gradient);
      double[] fixed = targets(problem, image, matching, form, rescaling);
      assertThat(actual).isCloseTo(equation3(problem, image, matching, fixed), within(2e-6));
      checkGradient(problem, image, matching, fixed, gradient);
    }
  }

  /** The rescaled target of each pair. */
  private static double[] targets(
      Problem problem, int image, Matching matching, Form form, Rescaling rescaling) {
    Targets targets = problem.targets().get(image);
    double[] t = new double[matching.count()];
    double largest = 0;
    for (int i = 0; i < t.length; i++) {
      int q = matching.queries()[i];
      int j = matching.targets()[i];
      double iou = overlap(problem.boxes(), problem.box(image, q), targets.boxes(), 4 * j)[0];
      t[i] = form.f1().applyAsDouble(problem.p(image, q, targets.labels()[j]), iou);
      largest = Math.max(largest, t[i]);
    }
    double best = 0;
    for (int q = 0; q < problem.queries(); q++) {
      for (int j = 0; j < targets.count(); j++) {
        int box = problem.box(image, q);
        best = Math.max(best, overlap(problem.boxes(), box, targets.boxes(), 4 * j)[0]);
      }
    }
    double m = rescaling == Rescaling.ONE ? 1 : best;
    for (int i = 0; i < t.length; i++) {
      t[i] *= Math.max(1, m / (largest + 1e-8));
    }
    return t;
  }

  private static double equation3(Problem problem, int image, Matching matching, double[] fixed) {
    double sum = 0;
    for (int q = 0; q < problem.queries(); q++) {
      for (int label = 0; label < CLASSES; label++) {
        double p = problem.p(image, q, label);
        double t = 0;
        boolean positive = false;
        for (int i = 0; i < matching.count(); i++) {
          int target = matching.targets()[i];
          if (matching.queries()[i] == q
              && problem.targets().get(image).labels()[target] == label) {
            positive = true;
            t = fixed[i];
          }
        }
        double entropy = -t * Math.log(p) - (1 - t) * Math.log(1 - p);
        sum +=
            positive
                ? ALPHA * Math.pow(Math.abs(t - p), 2) * entropy
                : (1 - ALPHA) * p * p * -Math.log(1 - p);
      }
    }
    return sum;
  }

  /** Central differences of the equation with its targets held fixed. */
  private static void checkGradient(
      Problem problem, int image, Matching matching, double[] fixed, Tensor gradient) {
    float[] logits = problem.logits();
    int from = image * problem.queries() * CLASSES;
    for (int i = from; i < from + problem.queries() * CLASSES; i += 3) {
      float before = logits[i];
      logits[i] = before + 1e-3f;
      double up = equation3(problem, image, matching, fixed);
      double above = logits[i];
      logits[i] = before - 1e-3f;
      double down = equation3(problem, image, matching, fixed);
      double slope = (up - down) / (above - logits[i]);
      logits[i] = before;
      assertThat((double) gradient.floats()[i]).isCloseTo(slope, within(1e-5));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {-1e30f, -200, -104, -90, 0, 17.5f, 95, 200, 1e30f})
  void finiteAtSaturation(float logit) {
    Targets targets = new Targets(new int[] {0}, new float[] {0.5f, 0.5f, 0.2f, 0.2f});
    Predictions predictions =
        Predictions.all(
            Tensor.of(new float[] {logit, logit}, 1, 1, 2),
            Tensor.of(new float[] {0.5f, 0.5f, 0.2f, 0.3f}, 1, 1, 4));
    Matching matching = new Matching(new int[] {0}, new int[] {0});
    for (ClassificationLoss loss :
        List.of(new PositionSupervisedLoss(LossConfig.STABLE), new FocalLoss(ALPHA, 2))) {
      Tensor gradient = Tensor.zeros(1, 1, 2);
      double value = Sums.of(loss, predictions, 0, targets, matching, 1, gradient);
      assertThat(value).isFinite().isNotNegative();
      for (float slope : gradient.toFloats()) {
        assertThat(slope).isFinite();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void withTargetOneItIsTheFocalLoss(long seed) {
    Problem problem = Problem.random(seed);
    LossConfig config = LossConfig.STABLE.withTarget(TargetForm.ONE, Rescaling.ONE);
    List<Matching> matchings =
        new HungarianMatcher(MatchingConfig.DINO).match(problem.predictions(), problem.targets());
    Tensor first = Tensor.zeros(2, problem.queries(), CLASSES);
    Tensor second = Tensor.zeros(2, problem.queries(), CLASSES);
    Targets targets = problem.targets().getFirst();
    double supervised =
        Sums.of(
            new PositionSupervisedLoss(config),
            problem.predictions(),
            0,
            targets,
            matchings.getFirst(),
            1,
            first);
    double focal =
        Sums.of(
            new FocalLoss(ALPHA, 2),
            problem.predictions(),
            0,
            targets,
            matchings.getFirst(),
            1,
            second);
    assertThat(supervised).isCloseTo(focal, within(1e-6));
    assertThat(first.toFloats()).containsExactly(second.toFloats(), within(1e-6f));
  }
}
