package org.stabledino.detection.config;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * How pictures reach the network.
 *
 * @param augmentation what training does to a picture
 * @param height of the training and evaluation size, in pixels, for {@link Augmentation#FIXED}; of
 *     the training frame for {@link Augmentation#LSJ}
 * @param width of that size
 * @param horizontalFlip whether half of the training pictures are mirrored left to right, for
 *     {@link Augmentation#FIXED}; {@link Augmentation#DETR} always does
 * @param verticalFlip whether half of them are mirrored top to bottom, for {@link
 *     Augmentation#FIXED}
 * @param zoomProbability how often a random part of the picture fills the frame, for {@link
 *     Augmentation#FIXED}
 * @param zoomMin the smallest side of that part, as a fraction
 * @param zoomMax the largest side of that part
 * @param minVisible the smallest share of an object's box that such a part must show for the object
 *     to be learnt; 0 keeps every sliver, as the published pipeline does
 * @param shortEdges lengths of the short side to draw from, for {@link Augmentation#DETR}
 * @param maxSize limit of the long side, for {@link Augmentation#DETR}, and for {@link
 *     Augmentation#LSJ} in evaluation
 * @param evaluationShortEdge length of the short side in evaluation, for {@link Augmentation#DETR}
 *     and {@link Augmentation#LSJ}
 * @param groupByAspectRatio whether a batch holds only tall or only wide pictures
 * @param workers threads that decode and augment ahead
 * @param cacheMegabytes how much memory decoded pictures may fill, so that small sets are decoded
 *     once
 */
public record DataConfig(
    Augmentation augmentation,
    int height,
    int width,
    boolean horizontalFlip,
    boolean verticalFlip,
    double zoomProbability,
    double zoomMin,
    double zoomMax,
    double minVisible,
    List<Integer> shortEdges,
    int maxSize,
    int evaluationShortEdge,
    boolean groupByAspectRatio,
    int workers,
    int cacheMegabytes) {

  /** Families of training augmentation. */
  public enum Augmentation {
    /** DETR's: flip, random short side, or random crop before it (specification, Sec. 6). */
    DETR("shortEdges", "maxSize", "evaluationShortEdge"),
    /** One size for all: flips, zoom into a random part, resize. */
    FIXED(
        "height",
        "width",
        "horizontalFlip",
        "verticalFlip",
        "zoomProbability",
        "zoomMin",
        "zoomMax"),
    /**
     * Large-scale jitter: flip, resize to 0.1 to 2 times the frame of height x width, cut or fill
     * to it.
     */
    LSJ("height", "width", "maxSize", "evaluationShortEdge");

    private final Set<String> settings;

    Augmentation(String... settings) {
      this.settings = Set.of(settings);
    }

    /**
     * Whether this family leaves a setting of pictures aside because it belongs to another.
     *
     * @param setting name of a component of {@link DataConfig}
     * @return true if its value makes no difference
     */
    public boolean ignores(String setting) {
      return !settings.contains(setting)
          && Arrays.stream(values()).anyMatch(family -> family.settings.contains(setting));
    }
  }

  /** Checks ranges. */
  public DataConfig {
    Require.positive("height", height);
    Require.positive("width", width);
    Require.positive("maxSize", maxSize);
    Require.positive("evaluationShortEdge", evaluationShortEdge);
    Require.positive("workers", workers);
    Require.within("zoomProbability", zoomProbability, 0, 1);
    Require.within("zoomMin", zoomMin, 0.05, 1);
    Require.within("zoomMax", zoomMax, zoomMin, 1);
    Require.within("minVisible", minVisible, 0, 1);
    Require.within("cacheMegabytes", cacheMegabytes, 0, Integer.MAX_VALUE);
    if (shortEdges.isEmpty()) {
      throw new IllegalArgumentException("shortEdges needs at least one length");
    }
    shortEdges.forEach(edge -> Require.positive("shortEdges", edge));
    shortEdges = List.copyOf(shortEdges);
  }

  /**
   * The specification's pipeline for COCO.
   *
   * @return 480 to 800 pixels, at most 1333
   */
  public static DataConfig detr() {
    return new DataConfig(
        Augmentation.DETR,
        800,
        1333,
        true,
        false,
        0,
        0.7,
        1,
        0,
        List.of(480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800),
        1333,
        800,
        true,
        4,
        0);
  }

  /**
   * One size for all pictures, with flips along both axes.
   *
   * @param height in pixels
   * @param width in pixels
   * @param zoomProbability how often a random part of 0.7 to 1.0 of each side fills the frame
   * @return the pipeline
   */
  public static DataConfig fixed(int height, int width, double zoomProbability) {
    return new DataConfig(
        Augmentation.FIXED,
        height,
        width,
        true,
        true,
        zoomProbability,
        0.7,
        1,
        0.25,
        List.of(height),
        Math.max(height, width),
        height,
        false,
        1,
        1024);
  }
}
