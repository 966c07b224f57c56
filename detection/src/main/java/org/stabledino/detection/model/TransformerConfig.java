package org.stabledino.detection.model;

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
