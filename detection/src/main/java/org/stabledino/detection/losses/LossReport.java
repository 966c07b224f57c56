package org.stabledino.detection.losses;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.matching.Matching;
import org.stabledino.tensor.Tensor;

/**
 * The losses of one batch. Their values stay where the model computed them until somebody asks.
 *
 * <p>A loss has a key: {@code loss_class}, {@code loss_bbox} or {@code loss_giou}, followed by
 * nothing for the last layer, {@code _0} and so on for the layers before, {@code _enc}, {@code _dn}
 * or {@code _dn_0} and so on.
 */
public final class LossReport {
  private final Variable total;
  private final List<Tensor> sums;
  private final Function<List<Tensor>, Map<String, Double>> reading;
  private final Map<String, Double> weights;
  private final List<List<Matching>> matchings;

  /**
   * A report.
   *
   * @param sums what the values follow from
   * @param reading makes the values of these sums, once they are on the CPU
   */
  LossReport(
      Variable total,
      List<Tensor> sums,
      Function<List<Tensor>, Map<String, Double>> reading,
      Map<String, Double> weights,
      List<List<Matching>> matchings) {
    this.total = total;
    this.sums = sums;
    this.reading = reading;
    this.weights = weights;
    this.matchings = matchings;
  }

  /**
   * The weighted sum, a scalar to start the backward pass from.
   *
   * @return the sum
   */
  public Variable total() {
    return total;
  }

  /**
   * What {@link #values(List)} needs, for who reads more than this at once.
   *
   * @return tensors where the model computed
   */
  public List<Tensor> sums() {
    return sums;
  }

  /**
   * Each loss by its key, unweighted.
   *
   * @param read the {@link #sums}, on the CPU
   * @return a map in the order of the heads
   * @throws NonFiniteLossException if one of them is not finite
   */
  public Map<String, Double> values(List<Tensor> read) {
    return reading.apply(read);
  }

  /**
   * Each loss by its key, unweighted. Of a model on a GPU this waits until they are computed.
   *
   * @return a map in the order of the heads
   * @throws NonFiniteLossException if one of them is not finite
   */
  public Map<String, Double> values() {
    return values(sums.getFirst().backend().download(sums));
  }

  /**
   * The weight of each loss by its key.
   *
   * @return a map in the order of the heads
   */
  public Map<String, Double> weights() {
    return weights;
  }

  /**
   * Which queries were matched.
   *
   * @return for each image: the matching at the encoder (if it has a head), at the first decoder
   *     layer, and so on to the last
   */
  public List<List<Matching>> matchings() {
    return matchings;
  }
}
