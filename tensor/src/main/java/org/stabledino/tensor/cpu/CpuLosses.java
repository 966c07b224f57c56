package org.stabledino.tensor.cpu;

import java.util.Arrays;
import java.util.Objects;
import org.stabledino.tensor.BoxPair;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.Tensor;

/**
 * Matching and losses in double precision: assignments turn on small differences of cost, and
 * {@code 1 - p} of a confident query has few digits in float.
 */
final class CpuLosses implements LossKernels {
  private static final double AREA_EPSILON = 1e-6;
  private static final double LOG_EPSILON = 1e-8;

  /** Elements of a chunk, of a few dozen nanoseconds each. */
  private static final int GRAIN = 2048;

  private final Parallel parallel;

  /** The family on these threads. */
  CpuLosses(Parallel parallel) {
    this.parallel = parallel;
  }

  /** How many rows of so many elements make a chunk. */
  private static int rows(int elements) {
    return Math.max(1, GRAIN / Math.max(1, elements));
  }

  @Override
  public void overlaps(Tensor boxes, Tensor others, Tensor iou, Tensor giou) {
    int m = others.dim(0);
    float[] other = others.floats();
    float[] box = boxes.floats();
    parallel.run(
        boxes.dim(0),
        rows(m),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int at = boxes.offset() + 4 * i;
            double halfWidth = 0.5 * box[at + 2];
            double halfHeight = 0.5 * box[at + 3];
            double left = box[at] - halfWidth;
            double right = box[at] + halfWidth;
            double top = box[at + 1] - halfHeight;
            double bottom = box[at + 1] + halfHeight;
            double area = (right - left) * (bottom - top);
            for (int j = 0; j < m; j++) {
              int otherAt = others.offset() + 4 * j;
              double otherHalfWidth = 0.5 * other[otherAt + 2];
              double otherHalfHeight = 0.5 * other[otherAt + 3];
              double otherLeft = other[otherAt] - otherHalfWidth;
              double otherRight = other[otherAt] + otherHalfWidth;
              double otherTop = other[otherAt + 1] - otherHalfHeight;
              double otherBottom = other[otherAt + 1] + otherHalfHeight;
              double width = smaller(right, otherRight) - larger(left, otherLeft);
              double height = smaller(bottom, otherBottom) - larger(top, otherTop);
              double inter = width > 0 && height > 0 ? width * height : 0;
              double union = area + (otherRight - otherLeft) * (otherBottom - otherTop) - inter;
              double ratio = inter / (union + AREA_EPSILON);
              if (iou != null) {
                iou.floats()[iou.offset() + i * m + j] = (float) ratio;
              }
              if (giou != null) {
                double hull =
                    (larger(right, otherRight) - smaller(left, otherLeft))
                        * (larger(bottom, otherBottom) - smaller(top, otherTop));
                giou.floats()[giou.offset() + i * m + j] =
                    (float) (ratio - (hull - union) / (hull + AREA_EPSILON));
              }
            }
          }
        });
  }

  // Math.min and Math.max order zeros and pass NaN on, which takes several instructions; here a
  // NaN makes the areas NaN in any case.

  private static double smaller(double a, double b) {
    return a < b ? a : b;
  }

  private static double larger(double a, double b) {
    return a > b ? a : b;
  }

  @Override
  public void matchingCosts(
      Cost cost,
      Tensor logits,
      Tensor labels,
      Tensor boxes,
      Tensor truth,
      Tensor giou,
      Tensor modulator,
      Tensor largest,
      Tensor out) {
    int count = labels.dim(0);
    int classes = logits.dim(1);
    for (int j = 0; j < count; j++) {
      Objects.checkIndex(labels.ints()[labels.offset() + j], classes);
    }
    double most = modulator == null ? 1 : (1 + (double) largest.floats()[largest.offset()]) / 2;
    double rescaling = Math.max(1, 1 / (most + LOG_EPSILON));
    parallel.run(
        logits.dim(0),
        rows(count),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            for (int j = 0; j < count; j++) {
              int pair = i * count + j;
              double factor =
                  modulator == null
                      ? 1
                      : power(
                          (1 + (double) modulator.floats()[modulator.offset() + pair])
                              / 2
                              * rescaling,
                          cost.exponent());
              int label = labels.ints()[labels.offset() + j];
              float logit = logits.floats()[logits.offset() + i * classes + label];
              double q = factor / (1 + Math.exp(-logit));
              double positive =
                  cost.alpha() * power(1 - q, cost.gamma()) * -Math.log(q + LOG_EPSILON);
              double negative =
                  (1 - cost.alpha()) * power(q, cost.gamma()) * -Math.log(1 - q + LOG_EPSILON);
              double distance = 0;
              for (int c = 0; c < 4; c++) {
                distance +=
                    Math.abs(
                        (double) boxes.floats()[boxes.offset() + 4 * i + c]
                            - truth.floats()[truth.offset() + 4 * j + c]);
              }
              out.floats()[out.offset() + pair] =
                  (float)
                      (cost.classWeight() * (positive - negative)
                          + cost.l1Weight() * distance
                          + cost.giouWeight() * (1 - giou.floats()[giou.offset() + pair]));
            }
          }
        });
  }

  private static double power(double x, double exponent) {
    if (exponent == 2) {
      return x * x;
    }
    return exponent == 0.5 ? Math.sqrt(x) : exponent == 1 ? x : Math.pow(x, exponent);
  }

  @Override
  public void classLoss(
      Focus focus,
      Tensor logits,
      Tensor labels,
      Tensor targets,
      float scale,
      Tensor sum,
      Tensor grad) {
    int queries = logits.dim(0);
    int classes = logits.dim(1);
    int rows = rows(classes);
    double[] sums = new double[(queries + rows - 1) / rows];
    parallel.run(
        queries,
        rows,
        (from, to) -> {
          Logit logit = new Logit();
          double part = 0;
          for (int i = from; i < to; i++) {
            int positive = labels.ints()[labels.offset() + i];
            for (int k = 0; k < classes; k++) {
              int at = i * classes + k;
              float x = logits.floats()[logits.offset() + at];
              if (focus.finite()) {
                logit.set(x);
              } else {
                logit.setFromProbability(x);
              }
              double t = k == positive ? targets.floats()[targets.offset() + i] : 0;
              double weight = k == positive ? focus.alpha() : 1 - focus.alpha();
              double distance = Math.abs(t - logit.p);
              double focusing = power(distance, focus.gamma());
              // With t = 0 the first product vanishes unless log p is infinite.
              double entropy = -t * logit.logP - (1 - t) * logit.logOneMinusP;
              part += weight * focusing * entropy;
              if (grad != null) {
                double slope = -t * logit.slopeLogP - (1 - t) * logit.slopeLogOneMinusP;
                double focusingSlope =
                    slopeOfPower(distance, focus.gamma())
                        * (logit.p < t ? -1 : 1)
                        * logit.p
                        * logit.oneMinusP;
                grad.floats()[grad.offset() + at] +=
                    (float) (scale * weight * (focusingSlope * entropy + focusing * slope));
              }
            }
          }
          sums[from / rows] = part;
        });
    double total = 0;
    for (double part : sums) {
      total += part;
    }
    sum.floats()[sum.offset()] = (float) total;
  }

  /** {@code d x^exponent / dx}; 0 at 0, where one below 1 has none. */
  private static double slopeOfPower(double x, double exponent) {
    return exponent == 2 ? 2 * x : x == 0 ? 0 : exponent * Math.pow(x, exponent - 1);
  }

  @Override
  public void positionTargets(
      Position position,
      Tensor logits,
      Tensor boxes,
      Tensor labels,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      Tensor out) {
    int count = queries.dim(0);
    double[] values = new double[count];
    double largest = 0;
    BoxPair pair = new BoxPair();
    for (int i = 0; i < count; i++) {
      int query = index(queries, i, boxes.dim(0));
      int target = index(targets, i, truth.dim(0));
      set(pair, boxes, query, truth, target);
      double p = 1;
      if (position.probabilityExponent() != 0) {
        int label = index(labels, target, logits.dim(1));
        float logit = logits.floats()[logits.offset() + query * logits.dim(1) + label];
        p = position.finite() ? 1 / (1 + Math.exp(-logit)) : 1f / (1f + (float) Math.exp(-logit));
      }
      values[i] = target(position, p, pair.iou());
      largest = Math.max(largest, values[i]);
    }
    double most = 1;
    if (position.largestIou()) {
      most = 0;
      for (int query = 0; query < boxes.dim(0); query++) {
        for (int target = 0; target < truth.dim(0); target++) {
          set(pair, boxes, query, truth, target);
          most = Math.max(most, pair.iou());
        }
      }
    }
    double scale = Math.max(1, most / (largest + LOG_EPSILON));
    Arrays.fill(out.floats(), out.offset(), out.offset() + out.size(), 0f);
    for (int i = 0; i < count; i++) {
      out.floats()[out.offset() + queries.ints()[queries.offset() + i]] =
          (float) (values[i] * scale);
    }
  }

  private static double target(Position position, double p, double iou) {
    double x = raised(p, position.probabilityExponent()) * raised(iou, position.iouExponent());
    return switch (position.curve()) {
      case IDENTITY -> x;
      case EXPONENTIAL -> Math.expm1(x) / (Math.E - 1);
      case SINE -> Math.sin(x * Math.PI / 2);
    };
  }

  private static double raised(double x, double exponent) {
    return exponent == 0 ? 1 : exponent == 2 ? x * x : Math.pow(x, exponent);
  }

  private static int index(Tensor indices, int at, int length) {
    return Objects.checkIndex(indices.ints()[indices.offset() + at], length);
  }

  private static void set(BoxPair pair, Tensor boxes, int query, Tensor truth, int target) {
    pair.set(
        boxes.floats(), boxes.offset() + 4 * query, truth.floats(), truth.offset() + 4 * target);
  }

  @Override
  public void boxLoss(
      Tensor boxes,
      Tensor truth,
      Tensor queries,
      Tensor targets,
      double l1Scale,
      double giouScale,
      Tensor sums,
      Tensor grad) {
    BoxPair pair = new BoxPair();
    double l1 = 0;
    double giou = 0;
    for (int i = 0; i < queries.dim(0); i++) {
      int query = index(queries, i, boxes.dim(0));
      int target = index(targets, i, truth.dim(0));
      for (int c = 0; c < 4; c++) {
        double distance =
            (double) boxes.floats()[boxes.offset() + 4 * query + c]
                - truth.floats()[truth.offset() + 4 * target + c];
        l1 += Math.abs(distance);
        if (grad != null) {
          grad.floats()[grad.offset() + 4 * query + c] += (float) (l1Scale * Math.signum(distance));
        }
      }
      set(pair, boxes, query, truth, target);
      giou += 1 - pair.giou();
      if (grad != null) {
        pair.addGiouGradient(-giouScale, grad.floats(), grad.offset() + 4 * query);
      }
    }
    sums.doubles()[sums.offset()] = l1;
    sums.doubles()[sums.offset() + 1] = giou;
  }

  @Override
  public void total(Tensor classes, Tensor boxes, Tensor weights, Tensor total) {
    int images = classes.dim(1);
    double sum = 0;
    for (int head = 0; head < classes.dim(0); head++) {
      double classLoss = 0;
      double l1 = 0;
      double giou = 0;
      for (int i = head * images; i < (head + 1) * images; i++) {
        classLoss += classes.floats()[classes.offset() + i];
        l1 += boxes.doubles()[boxes.offset() + 2 * i];
        giou += boxes.doubles()[boxes.offset() + 2 * i + 1];
      }
      double[] w = weights.doubles();
      int at = weights.offset() + 4 * head;
      sum += w[at] * (w[at + 1] * classLoss + w[at + 2] * l1 + w[at + 3] * giou);
    }
    total.floats()[total.offset()] = (float) sum;
  }
}
