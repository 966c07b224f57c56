package org.stabledino.detection.data;

import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.stabledino.detection.UserException;

/** Decoded images of a data set by their index; safe to use from several threads. */
@FunctionalInterface
public interface ImageSource {

  /**
   * The pixels of an image.
   *
   * @param imageIndex position in {@link CocoDataset#images()}
   * @return upright RGB, of the size in the annotation file; not to be changed
   * @throws UserException naming the file if it is missing, damaged or of another size
   */
  RgbImage load(int imageIndex);

  /**
   * Images decoded from their files each time.
   *
   * @param data the data set
   * @return a source without memory
   */
  static ImageSource decoding(DataSource data) {
    return index -> {
      RgbImage image = ImageDecoder.read(data.imageFile(index));
      CocoDataset.Image expected = data.dataset().images().get(index);
      if (image.width() != expected.width() || image.height() != expected.height()) {
        throw new UserException(
            "%s: is %d x %d pixels, the annotations (image %d) say %d x %d; correct either of them"
                .formatted(
                    data.imageFile(index),
                    image.width(),
                    image.height(),
                    expected.id(),
                    expected.width(),
                    expected.height()));
      }
      return image;
    };
  }

  /**
   * Images kept in memory after their first use, provided that the whole data set fits: small sets
   * are decoded once instead of once an epoch. A cache for a part would not help a shuffled run
   * much.
   *
   * @param data the data set
   * @param budgetBytes memory that decoded images may take
   * @return a caching source, or a decoding one where the budget is too small
   */
  static ImageSource cached(DataSource data, long budgetBytes) {
    List<CocoDataset.Image> images = data.dataset().images();
    ImageSource decoder = decoding(data);
    if (images.stream().mapToLong(i -> 3L * i.width() * i.height()).sum() > budgetBytes) {
      return decoder;
    }
    AtomicReferenceArray<RgbImage> kept = new AtomicReferenceArray<>(images.size());
    return index -> {
      RgbImage image = kept.get(index);
      if (image == null) {
        image = decoder.load(index);
        kept.set(index, image);
      }
      return image;
    };
  }
}
