package org.stabledino.bench;

import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.detection.postprocess.Nms;

/**
 * Class-wise non-maximum suppression of one image's detections, at the model's threshold of 0.8.
 *
 * <p>300 boxes are what the model gives; 5,000 show how it grows. Ten boxes jitter around each true
 * object, so that the loop over kept boxes does real work.
 */
public class NmsBenchmark extends Workload {
  private static final double THRESHOLD = 0.8;

  /** Boxes, classes. */
  @Param({"small 60 classes 6", "r50 300 classes 80", "dense 5000 classes 80"})
  public String shape;

  private int count;
  private float[] boxes;
  private float[] scores;
  private int[] labels;

  /** A benchmark without memory yet. */
  public NmsBenchmark() {}

  /** Draws boxes around objects. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    count = s.get(0);
    boxes = new float[4 * count];
    scores = new float[count];
    labels = new int[count];
    Random random = new Random(60);
    for (int first = 0; first < count; first += 10) {
      float x = 1000 * random.nextFloat();
      float y = 600 * random.nextFloat();
      float side = 20 + 200 * random.nextFloat();
      int label = random.nextInt(s.get(1));
      for (int i = first; i < Math.min(count, first + 10); i++) {
        float shift = 0.2f * side * random.nextFloat();
        boxes[4 * i] = x + shift;
        boxes[4 * i + 1] = y + shift;
        boxes[4 * i + 2] = x + shift + side;
        boxes[4 * i + 3] = y + shift + side;
        scores[i] = random.nextFloat();
        labels[i] = label;
      }
    }
  }

  @Override
  Work work(String method) {
    return Work.items(1);
  }

  // Sorting the scores, then one pass over the pairs of each class.

  /**
   * Suppresses the duplicates.
   *
   * @return the places of the kept boxes
   */
  @Benchmark
  public int[] keep() {
    return Nms.keep(boxes, scores, labels, count, THRESHOLD);
  }
}
