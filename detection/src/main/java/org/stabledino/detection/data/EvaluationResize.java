package org.stabledino.detection.data;

/**
 * What evaluation and detection do to an image: resize only, nothing by chance.
 *
 * @param shortest length of the shorter side, officially 800
 * @param longest bound for the longer side, officially 1333
 */
public record EvaluationResize(int shortest, int longest) implements Augmentation {

  /**
   * The published setting.
   *
   * @return 800, at most 1333
   */
  public static EvaluationResize official() {
    return new EvaluationResize(800, 1333);
  }

  @Override
  public TransformChain decide(int width, int height, DrawSource draws) {
    return TransformChain.of(width, height)
        .resize(ShortestEdge.DETECTRON2.of(height, width, shortest, longest))
        .build();
  }
}
