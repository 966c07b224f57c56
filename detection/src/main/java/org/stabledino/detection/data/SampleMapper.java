package org.stabledino.detection.data;

import java.util.Arrays;
import java.util.List;
import org.stabledino.detection.data.CocoDataset.Annotation;

/**
 * Makes a {@link Sample} of an image: decode, augment, carry the boxes along, drop what is not to
 * be learnt (crowds, boxes left empty by a crop).
 */
public final class SampleMapper {
  private final CocoDataset dataset;
  private final ImageSource images;
  private final Augmentation augmentation;
  private final double minVisible;

  /**
   * A mapper that keeps every box of which anything is left, as the reference does.
   *
   * @param dataset the annotations
   * @param images the pixels
   * @param augmentation what to do with an image
   */
  public SampleMapper(CocoDataset dataset, ImageSource images, Augmentation augmentation) {
    this(dataset, images, augmentation, 0);
  }

  /**
   * A mapper that may drop boxes of which a crop leaves little.
   *
   * @param dataset the annotations
   * @param images the pixels
   * @param augmentation what to do with an image
   * @param minVisible smallest share of a box's area inside the image, 0 to 1, to keep it
   */
  public SampleMapper(
      CocoDataset dataset, ImageSource images, Augmentation augmentation, double minVisible) {
    this.dataset = dataset;
    this.images = images;
    this.augmentation = augmentation;
    this.minVisible = minVisible;
  }

  /**
   * Makes one sample.
   *
   * @param imageIndex position in {@link CocoDataset#images()}
   * @param draws random numbers for the augmentation
   * @return the augmented image and its boxes; possibly none
   * @throws org.stabledino.detection.UserException naming the image file if it cannot be used
   */
  public Sample map(int imageIndex, DrawSource draws) {
    RgbImage original = images.load(imageIndex);
    TransformChain chain = augmentation.decide(original.width(), original.height(), draws);
    List<Annotation> annotations = dataset.annotationsOf(imageIndex);
    float[] boxes = new float[4 * annotations.size()];
    int[] labels = new int[annotations.size()];
    long[] ids = new long[annotations.size()];
    int kept = 0;
    for (Annotation a : annotations) {
      if (a.trainable() && place(a, chain, boxes, 4 * kept)) {
        labels[kept] = dataset.label(a.categoryId());
        ids[kept] = a.id();
        kept++;
      }
    }
    return new Sample(
        dataset.images().get(imageIndex).id(),
        chain.apply(original),
        Arrays.copyOf(boxes, 4 * kept),
        Arrays.copyOf(labels, kept),
        Arrays.copyOf(ids, kept),
        original.width(),
        original.height());
  }

  /** Writes the clipped box; returns whether it is to be kept. */
  private boolean place(Annotation a, TransformChain chain, float[] boxes, int at) {
    boolean integer = a.integerBox() && augmentation.truncatesIntegerBoxes();
    double[] box = BoxTransformer.transform(a.x(), a.y(), a.width(), a.height(), integer, chain);
    double whole = (box[2] - box[0]) * (box[3] - box[1]);
    BoxTransformer.clip(box, chain.outWidth(), chain.outHeight());
    for (int i = 0; i < 4; i++) {
      boxes[at + i] = (float) box[i];
    }
    return BoxTransformer.isNonEmpty(boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3])
        && (box[2] - box[0]) * (box[3] - box[1]) >= minVisible * whole;
  }
}
