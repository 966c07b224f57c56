package org.stabledino.detection.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.losses.NonFiniteLossException;
import org.stabledino.detection.matching.UnstableScore;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * The losses of a batch, summed over its parts. Every part's losses are divided by the number of
 * targets of the whole batch, so that the sums are the whole's losses. They stay where the model
 * computes until {@link #read}.
 */
final class BatchLosses {

  /**
   * The losses as numbers.
   *
   * @param total the weighted sum of all losses
   * @param values each loss by its key, unweighted
   * @param beside what else was read
   */
  record Numbers(double total, Map<String, Double> values, List<Tensor> beside) {}

  private final List<LossReport> parts = new ArrayList<>();
  private Tensor total;
  private UnstableScore unstable;

  /**
   * Adds a part.
   *
   * @param scope of the part, which its losses outlive
   */
  void add(LossReport losses, Batch part, Scope scope) {
    Tensor own = scope.keep(losses.total().data());
    losses.sums().forEach(scope::keep);
    parts.add(losses);
    if (total == null) {
      total = own.backend().empty(own.dtype(), own.shape());
      scope.keep(total).copyFrom(own);
    } else {
      total.backend().elementwise().binary(Binary.ADD, total, own, total);
    }
    if (unstable == null) {
      unstable = new UnstableScore(losses.matchings().getFirst().size());
    }
    for (int i = 0; i < part.size(); i++) {
      unstable.add(losses.matchings().get(i), part.targets().get(i).count());
    }
  }

  /** The weighted sum of all losses, where the model computes. */
  Tensor total() {
    return total;
  }

  /**
   * Reads all losses, and what else is to be known: of a model on a GPU this waits once.
   *
   * @throws NonFiniteLossException if a loss is not finite
   */
  Numbers read(List<Tensor> beside) {
    List<Tensor> wanted = new ArrayList<>(beside);
    for (LossReport part : parts) {
      wanted.add(part.total().data());
      wanted.addAll(part.sums());
    }
    List<Tensor> read = total.backend().download(wanted);
    double sum = 0;
    Map<String, Double> values = new LinkedHashMap<>();
    int at = beside.size();
    for (LossReport part : parts) {
      int end = at + 1 + part.sums().size();
      sum += read.get(at).item();
      part.values(read.subList(at + 1, end))
          .forEach((name, value) -> values.merge(name, value, Double::sum));
      at = end;
    }
    return new Numbers(sum, values, read.subList(0, beside.size()));
  }

  /** Which targets changed their query between adjacent heads. */
  UnstableScore unstable() {
    return unstable;
  }
}
