package org.stabledino.detection.postprocess;

/**
 * What was found in one image, by descending score.
 *
 * @param scores in 0..1, shape [N]
 * @param labels classes from 0, shape [N]
 * @param boxesXyxy (x1, y1, x2, y2) in pixels, shape [N, 4]
 */
public record Detections(float[] scores, int[] labels, float[] boxesXyxy) {

  /**
   * The number of detections.
   *
   * @return N
   */
  public int count() {
    return scores.length;
  }

  /**
   * Some of them.
   *
   * @param places which, in the order wanted
   * @return the selection
   */
  public Detections select(int[] places) {
    float[] someScores = new float[places.length];
    int[] someLabels = new int[places.length];
    float[] someBoxes = new float[4 * places.length];
    for (int i = 0; i < places.length; i++) {
      someScores[i] = scores[places[i]];
      someLabels[i] = labels[places[i]];
      System.arraycopy(boxesXyxy, 4 * places[i], someBoxes, 4 * i, 4);
    }
    return new Detections(someScores, someLabels, someBoxes);
  }
}
