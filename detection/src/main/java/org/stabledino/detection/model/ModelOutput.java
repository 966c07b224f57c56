package org.stabledino.detection.model;

import java.util.List;

/**
 * What the model says about a batch. Query ranges: the D denoising queries come first, then the Q
 * matching ones; D is 0 without denoising.
 *
 * @param layers of each decoder layer, the last one last, [B, D+Q, ...]; at inference only of the
 *     last
 * @param encoder of the selected tokens, [B, Q, ...]; null at inference
 * @param denoising how the denoising queries are laid out; null without
 */
public record ModelOutput(List<Prediction> layers, Prediction encoder, DenoisingLayout denoising) {

  /**
   * What the last decoder layer says.
   *
   * @return its prediction
   */
  public Prediction last() {
    return layers.getLast();
  }

  /**
   * The number of denoising queries.
   *
   * @return D
   */
  public int denoisingQueries() {
    return denoising == null ? 0 : denoising.queries();
  }
}
