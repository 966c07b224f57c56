package org.stabledino.detection.engine;

import java.util.List;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.data.RgbImage;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.model.ValidSizes;
import org.stabledino.tensor.Tensor;

/**
 * Pictures as the network takes them: normalised, then padded with zeros at right and bottom to the
 * largest of the batch (specification, Sec. 2.1).
 *
 * @param images shape [B, H, W, 3]
 * @param sizes of the pictures without padding
 * @param targets what is to be found in each picture
 * @param samples what the batch was made of
 */
public record Batch(Tensor images, ValidSizes sizes, List<Targets> targets, List<Sample> samples) {
  private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
  private static final float[] STD = {58.395f, 57.12f, 57.375f};

  /** {@code (v - mean) / std} of each byte value v, channel by channel. */
  private static final float[][] NORMALISED = new float[3][256];

  static {
    for (int channel = 0; channel < 3; channel++) {
      for (int value = 0; value < 256; value++) {
        NORMALISED[channel][value] = (value - MEAN[channel]) / STD[channel];
      }
    }
  }

  /**
   * Puts samples together; the pixels' tensor belongs to the current scope.
   *
   * @param samples at least one
   * @return the batch
   */
  public static Batch of(List<Sample> samples) {
    return of(samples, height(samples), width(samples));
  }

  /**
   * Puts a part of a batch together, padded as the whole is.
   *
   * @param samples at least one
   * @param height H, at least that of the highest
   * @param width W, at least that of the widest
   * @return the part
   */
  static Batch of(List<Sample> samples, int height, int width) {
    int[] heights = samples.stream().mapToInt(sample -> sample.image().height()).toArray();
    int[] widths = samples.stream().mapToInt(sample -> sample.image().width()).toArray();
    boolean padded = false;
    for (int i = 0; i < heights.length; i++) {
      padded |= heights[i] != height || widths[i] != width;
    }
    Tensor images =
        padded
            ? Tensor.zeros(samples.size(), height, width, 3)
            : Tensor.empty(samples.size(), height, width, 3);
    for (int i = 0; i < samples.size(); i++) {
      normalise(samples.get(i).image(), images.select(i));
    }
    return new Batch(
        images,
        new ValidSizes(heights, widths),
        samples.stream().map(Batch::targets).toList(),
        samples);
  }

  /** The height of the highest. */
  static int height(List<Sample> samples) {
    return samples.stream().mapToInt(sample -> sample.image().height()).max().orElseThrow();
  }

  /** The width of the widest. */
  static int width(List<Sample> samples) {
    return samples.stream().mapToInt(sample -> sample.image().width()).max().orElseThrow();
  }

  /** Writes a picture into the top left corner of {@code out}, shape [H, W, 3]. */
  private static void normalise(RgbImage image, Tensor out) {
    byte[] rgb = image.rgb();
    float[] values = out.floats();
    int rowLength = 3 * image.width();
    for (int y = 0; y < image.height(); y++) {
      int from = y * rowLength;
      int to = out.offset() + y * 3 * out.dim(1);
      for (int x = 0; x < rowLength; x += 3) {
        values[to + x] = NORMALISED[0][rgb[from + x] & 0xff];
        values[to + x + 1] = NORMALISED[1][rgb[from + x + 1] & 0xff];
        values[to + x + 2] = NORMALISED[2][rgb[from + x + 2] & 0xff];
      }
    }
  }

  /** Corner boxes in pixels become centre boxes in fractions of the valid picture. */
  private static Targets targets(Sample sample) {
    float[] corners = sample.boxesXyxy();
    float[] boxes = new float[corners.length];
    float width = sample.image().width();
    float height = sample.image().height();
    for (int i = 0; i < boxes.length; i += 4) {
      boxes[i] = (corners[i] + corners[i + 2]) / 2 / width;
      boxes[i + 1] = (corners[i + 1] + corners[i + 3]) / 2 / height;
      boxes[i + 2] = (corners[i + 2] - corners[i]) / width;
      boxes[i + 3] = (corners[i + 3] - corners[i + 1]) / height;
    }
    return new Targets(sample.labels(), boxes);
  }

  /**
   * How many pictures.
   *
   * @return B
   */
  public int size() {
    return samples.size();
  }

  /**
   * COCO's ids of the pictures.
   *
   * @return one a picture
   */
  public long[] imageIds() {
    return samples.stream().mapToLong(Sample::imageId).toArray();
  }
}
