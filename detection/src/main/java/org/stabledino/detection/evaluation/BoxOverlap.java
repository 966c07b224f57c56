package org.stabledino.detection.evaluation;

/** Overlap of boxes given as left, top, width and height. */
record BoxOverlap(DetectionList detections, CocoGroundTruth truth) implements RegionOverlap {

  @Override
  public double detectionArea(int detection) {
    return detections.width(detection) * detections.height(detection);
  }

  @Override
  public double overlap(int detection, int truthIndex) {
    GroundTruthBox t = truth.box(truthIndex);
    double x = detections.x(detection);
    double y = detections.y(detection);
    double w = detections.width(detection);
    double h = detections.height(detection);
    double common = Math.min(w + x, t.width() + t.x()) - Math.max(x, t.x());
    if (common <= 0) {
      return 0;
    }
    double commonHeight = Math.min(h + y, t.height() + t.y()) - Math.max(y, t.y());
    if (commonHeight <= 0) {
      return 0;
    }
    double intersection = common * commonHeight;
    double area = w * h;
    double union = t.crowd() ? area : area + t.width() * t.height() - intersection;
    return intersection / union;
  }
}
