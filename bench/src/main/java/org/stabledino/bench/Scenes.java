package org.stabledino.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.stabledino.detection.boxes.Targets;

/** Random ground truths for the matcher, the losses and whole training steps. */
public final class Scenes {
  private final Random random = new Random(60);

  /** A generator that starts at the same place each time. */
  public Scenes() {}

  /**
   * Images with the same number of objects each, anywhere inside the image.
   *
   * @param images how many
   * @param objects of an image
   * @param classes K
   * @return one element an image
   */
  public List<Targets> batch(int images, int objects, int classes) {
    List<Targets> batch = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      int[] labels = random.ints(objects, 0, classes).toArray();
      float[] boxes = new float[4 * objects];
      for (int object = 0; object < objects; object++) {
        boxes[4 * object] = 0.2f + 0.6f * random.nextFloat();
        boxes[4 * object + 1] = 0.2f + 0.6f * random.nextFloat();
        boxes[4 * object + 2] = 0.05f + 0.3f * random.nextFloat();
        boxes[4 * object + 3] = 0.05f + 0.3f * random.nextFloat();
      }
      batch.add(new Targets(labels, boxes));
    }
    return batch;
  }
}
