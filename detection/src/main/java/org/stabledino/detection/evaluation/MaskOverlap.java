package org.stabledino.detection.evaluation;

import org.stabledino.detection.data.Rle;

/** Overlap of masks, counted in pixels. */
record MaskOverlap(MaskDetections detections, MaskGroundTruth truth) implements RegionOverlap {

  @Override
  public double detectionArea(int detection) {
    return detections.masks().get(detection).area();
  }

  @Override
  public double overlap(int detection, int truthIndex) {
    DetectionList found = detections.boxes();
    float[] box = truth.maskBox(truthIndex);
    // Most pairs lie apart; their boxes tell, and the masks need not be walked.
    if (found.x(detection) >= box[2]
        || box[0] >= found.x(detection) + found.width(detection)
        || found.y(detection) >= box[3]
        || box[1] >= found.y(detection) + found.height(detection)) {
      return 0;
    }
    Rle mask = detections.masks().get(detection);
    Rle other = truth.mask(truthIndex);
    long intersection = mask.intersection(other);
    if (intersection == 0) {
      return 0;
    }
    boolean crowd = truth.boxes().box(truthIndex).crowd();
    long union = crowd ? mask.area() : mask.area() + other.area() - intersection;
    return (double) intersection / union;
  }
}
