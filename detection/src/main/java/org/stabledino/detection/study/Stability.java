package org.stabledino.detection.study;

import java.util.List;
import java.util.stream.IntStream;

/**
 * How stable a detector's matching is over a data set (paper, Sec. 2.4.3).
 *
 * @param run what the detector is called
 * @param heads names of the heads, the encoder first, then each decoder layer
 * @param images how many pictures with ground truth were looked at
 * @param truths how many ground truths they have
 * @param changed how many of them have another query at a head than at the one before, for each
 *     pair of adjacent heads
 * @param truthsByChanges how many of them change their query k times on the way from the encoder to
 *     the last layer, at index k
 */
public record Stability(
    String run,
    List<String> heads,
    long images,
    long truths,
    long[] changed,
    long[] truthsByChanges) {

  /**
   * The number of pairs of adjacent heads.
   *
   * @return the number of decoder layers
   */
  public int pairs() {
    return changed.length;
  }

  /**
   * What a pair is called.
   *
   * @param pair 0 for the encoder and the first layer
   * @return both heads' names
   */
  public String pairName(int pair) {
    return heads.get(pair) + " → " + heads.get(pair + 1);
  }

  /**
   * The unstable score of a pair of adjacent heads.
   *
   * @param pair 0 for the encoder and the first layer
   * @return percent of the ground truths; 0 without any
   */
  public double percent(int pair) {
    return truths == 0 ? 0 : 100.0 * changed[pair] / truths;
  }

  /**
   * The mean unstable score between decoder layers; the encoder is left out.
   *
   * @return percent, NaN where there is but one layer
   */
  public double decoderMean() {
    return IntStream.range(1, pairs()).mapToDouble(this::percent).average().orElse(Double.NaN);
  }

  /**
   * The ground truths that one query serves at every head.
   *
   * @return percent; 0 without any ground truth
   */
  public double steady() {
    return truths == 0 ? 0 : 100.0 * truthsByChanges[0] / truths;
  }
}
