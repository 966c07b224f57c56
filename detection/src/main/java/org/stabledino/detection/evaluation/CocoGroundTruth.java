package org.stabledino.detection.evaluation;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.stabledino.detection.data.CocoDataset;

/**
 * What the detections are measured against: the images, the categories and the annotated boxes.
 *
 * <p>Images and categories are kept in ascending order of their ids, because that order ranks
 * detections of equal score that lie in different images.
 */
public final class CocoGroundTruth {
  private final long[] imageIds;
  private final List<CocoCategory> categories;
  private final long[] categoryIds;
  private final GroundTruthBox[] boxes;

  /**
   * Collects a ground truth.
   *
   * @param imageIds the ids of all images to evaluate on, those without a box included
   * @param categories all categories, those without a box included
   * @param boxes the annotations in file order
   * @throws IllegalArgumentException where a category id occurs twice or a box names an image or a
   *     category that is not listed
   */
  public CocoGroundTruth(
      long[] imageIds, List<CocoCategory> categories, List<GroundTruthBox> boxes) {
    this.imageIds = Arrays.stream(imageIds).sorted().distinct().toArray();
    this.categories =
        categories.stream().sorted(Comparator.comparingLong(CocoCategory::id)).toList();
    this.categoryIds = this.categories.stream().mapToLong(CocoCategory::id).toArray();
    this.boxes = boxes.toArray(GroundTruthBox[]::new);
    Set<Long> seen = new HashSet<>();
    for (long id : categoryIds) {
      if (!seen.add(id)) {
        throw new IllegalArgumentException("category id " + id + " occurs twice");
      }
    }
    for (GroundTruthBox box : this.boxes) {
      if (imageIndex(box.imageId()) < 0) {
        throw new IllegalArgumentException(
            "annotation " + box.id() + " names image " + box.imageId() + ", which is not listed");
      }
      if (categoryIndex(box.categoryId()) < 0) {
        throw new IllegalArgumentException(
            "annotation "
                + box.id()
                + " names category "
                + box.categoryId()
                + ", which is not listed");
      }
    }
  }

  /**
   * The ground truth of a data set: all its images, categories and annotations.
   *
   * @param dataset what was read from an annotation file
   * @return what to measure detections against
   */
  public static CocoGroundTruth of(CocoDataset dataset) {
    return new CocoGroundTruth(
        dataset.images().stream().mapToLong(CocoDataset.Image::id).toArray(),
        dataset.categories().stream().map(c -> new CocoCategory(c.id(), c.name())).toList(),
        dataset.annotations().stream()
            .map(
                a ->
                    new GroundTruthBox(
                        a.id(),
                        a.imageId(),
                        a.categoryId(),
                        a.x(),
                        a.y(),
                        a.width(),
                        a.height(),
                        a.area(),
                        a.crowd()))
            .toList());
  }

  /**
   * The categories in ascending order of their ids.
   *
   * @return an unmodifiable list
   */
  public List<CocoCategory> categories() {
    return categories;
  }

  /**
   * How many images there are.
   *
   * @return the number of distinct image ids
   */
  public int imageCount() {
    return imageIds.length;
  }

  /**
   * How many annotations there are, crowds included.
   *
   * @return the number of boxes
   */
  public int boxCount() {
    return boxes.length;
  }

  /**
   * Whether an image belongs to this ground truth.
   *
   * @param imageId an image id
   * @return true where it is listed
   */
  public boolean hasImage(long imageId) {
    return imageIndex(imageId) >= 0;
  }

  /**
   * Whether a category belongs to this ground truth.
   *
   * @param categoryId a category id
   * @return true where it is listed
   */
  public boolean hasCategory(long categoryId) {
    return categoryIndex(categoryId) >= 0;
  }

  /** The place of an image among the sorted ids, or a negative number. */
  int imageIndex(long imageId) {
    return Arrays.binarySearch(imageIds, imageId);
  }

  /** The place of a category among the sorted ids, or a negative number. */
  int categoryIndex(long categoryId) {
    return Arrays.binarySearch(categoryIds, categoryId);
  }

  GroundTruthBox box(int i) {
    return boxes[i];
  }
}
