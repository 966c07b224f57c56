package org.stabledino.detection.model;

import org.stabledino.detection.UserException;

/**
 * Neck and transformer.
 *
 * @param embedDim C, channels of all tokens; divisible by heads and by 4
 * @param heads heads of every attention
 * @param extraLevels feature levels made by the neck beyond those of the backbone
 * @param normGroups groups of the neck's group norms
 * @param points P, sampled by a head on each level
 * @param encoderLayers layers of the encoder
 * @param decoderLayers layers of the decoder
 * @param ffnDim channels inside the feed-forward networks
 * @param numQueries Q, matching queries
 * @param fusion of the encoder's outputs
 */
public record TransformerConfig(
    int embedDim,
    int heads,
    int extraLevels,
    int normGroups,
    int points,
    int encoderLayers,
    int decoderLayers,
    int ffnDim,
    int numQueries,
    Fusion fusion) {

  /** Checks that the numbers fit together. */
  public TransformerConfig {
    require(embedDim > 0 && embedDim % 4 == 0, "embedDim", embedDim, "a multiple of 4");
    require(heads > 0 && embedDim % heads == 0, "heads", heads, "a divisor of embedDim");
    require(
        normGroups > 0 && embedDim % normGroups == 0,
        "normGroups",
        normGroups,
        "a divisor of embedDim");
    require(extraLevels >= 0, "extraLevels", extraLevels, "0 or more");
    require(points > 0, "points", points, "1 or more");
    require(encoderLayers > 0, "encoderLayers", encoderLayers, "1 or more");
    require(decoderLayers > 0, "decoderLayers", decoderLayers, "1 or more");
    require(ffnDim > 0, "ffnDim", ffnDim, "1 or more");
    require(numQueries > 0, "numQueries", numQueries, "1 or more");
  }

  private static void require(boolean holds, String name, int value, String expected) {
    if (!holds) {
      throw new UserException("setting %s is %d: it must be %s".formatted(name, value, expected));
    }
  }

  /** Stable-DINO on four scales of a ResNet-50 or Swin. */
  public static final TransformerConfig STABLE_DINO =
      new TransformerConfig(256, 8, 1, 32, 4, 6, 6, 2048, 900, Fusion.DENSE);

  /** A small Stable-DINO that learns from scratch in minutes. */
  public static final TransformerConfig SMALL =
      new TransformerConfig(64, 8, 0, 8, 4, 1, 2, 256, 50, Fusion.DENSE);

  /**
   * The same transformer with another fusion.
   *
   * @param other of the encoder's outputs
   * @return the changed copy
   */
  public TransformerConfig withFusion(Fusion other) {
    return new TransformerConfig(
        embedDim,
        heads,
        extraLevels,
        normGroups,
        points,
        encoderLayers,
        decoderLayers,
        ffnDim,
        numQueries,
        other);
  }
}
