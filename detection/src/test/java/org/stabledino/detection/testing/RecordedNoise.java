package org.stabledino.detection.testing;

import java.util.List;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.DenoisingConfig;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.nn.testing.Fixture;

/**
 * Plays recorded draws back. They are ordered by repetition, then by target in the whole batch; new
 * labels were drawn only where a label is replaced.
 */
public final class RecordedNoise implements DenoisingNoise {
  private final int[] firstOfImage;
  private final int total;
  private final float[] labelDraws;
  private final int[] newLabels;
  private final float[] signs;
  private final float[] parts;

  private RecordedNoise(
      List<Targets> batch,
      double replaced,
      float[] labelDraws,
      int[] drawn,
      float[] signs,
      float[] parts) {
    firstOfImage = new int[batch.size()];
    for (int image = 1; image < batch.size(); image++) {
      firstOfImage[image] = firstOfImage[image - 1] + batch.get(image - 1).count();
    }
    total = Targets.total(batch);
    this.labelDraws = labelDraws;
    this.signs = signs;
    this.parts = parts;
    newLabels = new int[labelDraws.length];
    int next = 0;
    for (int i = 0; i < labelDraws.length; i++) {
      if (labelDraws[i] < replaced) {
        newLabels[i] = drawn[next++];
      }
    }
  }

  /** The draws {@code PREFIXdraw.*}. */
  public static RecordedNoise read(
      Fixture fixture, String prefix, List<Targets> batch, DenoisingConfig config) {
    String draw = prefix + "draw.";
    boolean labels = fixture.has(draw + "label_p");
    boolean boxes = fixture.has(draw + "sign");
    return new RecordedNoise(
        batch,
        config.labelNoise() * 0.5,
        labels ? fixture.tensor(draw + "label_p").toFloats() : new float[0],
        labels ? fixture.indices(draw + "new_label").ints() : new int[0],
        boxes ? fixture.tensor(draw + "sign").toFloats() : new float[0],
        boxes ? fixture.tensor(draw + "part").toFloats() : new float[0]);
  }

  private int index(int repetition, int image, int target) {
    return repetition * total + firstOfImage[image] + target;
  }

  @Override
  public float labelDraw(int repetition, int image, int target) {
    return labelDraws.length == 0 ? 1f : labelDraws[index(repetition, image, target)];
  }

  @Override
  public int newLabel(int repetition, int image, int target, int numClasses) {
    return newLabels[index(repetition, image, target)];
  }

  @Override
  public float sign(int repetition, int image, int target, int coordinate) {
    return signs.length == 0
        ? 1f
        : 2 * signs[4 * index(repetition, image, target) + coordinate] - 1;
  }

  @Override
  public float part(int repetition, int image, int target, int coordinate) {
    return parts.length == 0 ? 0f : parts[4 * index(repetition, image, target) + coordinate];
  }
}
