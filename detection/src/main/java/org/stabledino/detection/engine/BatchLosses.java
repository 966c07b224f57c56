package org.stabledino.detection.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.matching.UnstableScore;

/**
 * The losses of a batch, summed over its parts. Every part's losses are divided by the number of
 * targets of the whole batch, so that the sums are the whole's losses.
 */
final class BatchLosses {
  private final Map<String, Double> values = new LinkedHashMap<>();
  private double total;
  private UnstableScore unstable;

  /** Adds a part. */
  void add(LossReport losses, Batch part) {
    total += losses.total().item();
    losses.values().forEach((name, value) -> values.merge(name, value, Double::sum));
    if (unstable == null) {
      unstable = new UnstableScore(losses.matchings().getFirst().size());
    }
    for (int i = 0; i < part.size(); i++) {
      unstable.add(losses.matchings().get(i), part.targets().get(i).count());
    }
  }

  /** The weighted sum of all losses. */
  double total() {
    return total;
  }

  /** Each loss by its key, unweighted. */
  Map<String, Double> values() {
    return values;
  }

  /** Which targets changed their query between adjacent heads. */
  UnstableScore unstable() {
    return unstable;
  }
}
