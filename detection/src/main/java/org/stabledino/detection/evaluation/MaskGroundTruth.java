package org.stabledino.detection.evaluation;

import java.util.List;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.MaskTransformer;
import org.stabledino.detection.data.Rle;

/**
 * What masks are measured against: a {@link CocoGroundTruth} with the pixels of each annotation.
 */
public final class MaskGroundTruth {
  private final CocoDataset dataset;
  private final CocoGroundTruth truth;
  private final Rle[] masks;
  private final float[][] boxes;

  private MaskGroundTruth(CocoDataset dataset, Rle[] masks) {
    this.dataset = dataset;
    this.truth = CocoGroundTruth.of(dataset);
    this.masks = masks;
    this.boxes = new float[masks.length][];
    for (int i = 0; i < masks.length; i++) {
      boxes[i] = MaskTransformer.box(masks[i]);
    }
  }

  /**
   * Draws all masks of a data set.
   *
   * @param dataset what was read from an annotation file
   * @return what to measure masks against
   * @throws UserException naming the annotation whose mask is missing or damaged
   */
  public static MaskGroundTruth of(CocoDataset dataset) {
    List<Annotation> annotations = dataset.annotations();
    Rle[] masks = new Rle[annotations.size()];
    for (int i = 0; i < masks.length; i++) {
      Annotation a = annotations.get(i);
      CocoDataset.Image image = dataset.images().get(dataset.imageIndex(a.imageId()));
      try {
        masks[i] = a.segmentation().rasterise(image.height(), image.width());
      } catch (IllegalArgumentException e) {
        throw new UserException(
            "%s: annotation %d: \"segmentation\": %s; correct it, or evaluate boxes only"
                .formatted(dataset.file(), a.id(), e.getMessage()),
            e);
      }
    }
    return new MaskGroundTruth(dataset, masks);
  }

  /**
   * The same without the masks.
   *
   * @return images, categories and boxes
   */
  public CocoGroundTruth boxes() {
    return truth;
  }

  /** The mask of an annotation by its place in the ground truth. */
  Rle mask(int place) {
    return masks[place];
  }

  /** The box of that mask: x0, y0, x1, y1. */
  float[] maskBox(int place) {
    return boxes[place];
  }

  /** The image of an id, which must be listed. */
  CocoDataset.Image image(long imageId) {
    return dataset.images().get(dataset.imageIndex(imageId));
  }
}
