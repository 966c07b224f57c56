package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Annotation;

/**
 * Makes a {@link MaskSample} of an image, as Mask DINO's mapper does: decode, augment, carry the
 * masks along, take the boxes from them, drop what is not to be learnt (crowds, and objects of
 * which the frame leaves nothing).
 */
public final class MaskMapper {
  private final CocoDataset dataset;
  private final ImageSource images;
  private final Augmentation augmentation;

  /**
   * A mapper.
   *
   * @param dataset the annotations, with masks
   * @param images the pixels
   * @param augmentation what to do with an image, for example {@link LargeScaleJitter}
   */
  public MaskMapper(CocoDataset dataset, ImageSource images, Augmentation augmentation) {
    this.dataset = dataset;
    this.images = images;
    this.augmentation = augmentation;
  }

  /**
   * Makes one sample.
   *
   * @param imageIndex position in {@link CocoDataset#images()}
   * @param draws random numbers for the augmentation
   * @return the augmented image and its objects; possibly none
   * @throws UserException naming the image file or the annotation that cannot be used
   */
  public MaskSample map(int imageIndex, DrawSource draws) {
    RgbImage original = images.load(imageIndex);
    TransformChain chain = augmentation.decide(original.width(), original.height(), draws);
    List<Annotation> annotations = dataset.annotationsOf(imageIndex);
    float[] boxes = new float[4 * annotations.size()];
    int[] labels = new int[annotations.size()];
    long[] ids = new long[annotations.size()];
    List<Rle> masks = new ArrayList<>();
    for (Annotation a : annotations) {
      if (!a.trainable()) {
        continue;
      }
      int kept = masks.size();
      try {
        Segmentation mask = MaskTransformer.transform(a.segmentation(), chain);
        float[] box = MaskTransformer.box(mask);
        if (!BoxTransformer.isNonEmpty(box[0], box[1], box[2], box[3])) {
          continue;
        }
        masks.add(mask.rasterise(chain.outHeight(), chain.outWidth()));
        System.arraycopy(box, 0, boxes, 4 * kept, 4);
      } catch (IllegalArgumentException e) {
        throw new UserException(
            "%s: annotation %d: \"segmentation\": %s; correct or remove it"
                .formatted(dataset.file(), a.id(), e.getMessage()),
            e);
      }
      labels[kept] = dataset.label(a.categoryId());
      ids[kept] = a.id();
    }
    int kept = masks.size();
    Sample sample =
        new Sample(
            dataset.images().get(imageIndex).id(),
            chain.apply(original),
            Arrays.copyOf(boxes, 4 * kept),
            Arrays.copyOf(labels, kept),
            Arrays.copyOf(ids, kept),
            original.width(),
            original.height());
    return new MaskSample(sample, masks);
  }
}
