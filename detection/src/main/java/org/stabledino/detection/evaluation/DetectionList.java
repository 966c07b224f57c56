package org.stabledino.detection.evaluation;

import java.util.Arrays;
import java.util.Objects;

/**
 * Detections in the order in which they were found, held as columns: a million of them fit in 56
 * MB.
 *
 * <p>The order matters: equal scores are ranked by it.
 */
public final class DetectionList {
  /** x, y, width, height and score of each detection. */
  static final int COLUMNS = 5;

  private long[] imageIds;
  private long[] categoryIds;
  private double[] values;
  private int size;

  /** An empty list. */
  public DetectionList() {
    this(64);
  }

  /**
   * An empty list with room for the expected number of detections.
   *
   * @param capacity how many detections fit before the list grows
   */
  public DetectionList(int capacity) {
    int room = Math.max(1, capacity);
    imageIds = new long[room];
    categoryIds = new long[room];
    values = new double[room * COLUMNS];
  }

  /**
   * Appends a detection.
   *
   * @param imageId the image it was found in
   * @param categoryId the category that was found
   * @param x left edge in pixels of the original image
   * @param y top edge in pixels of the original image
   * @param width width in pixels
   * @param height height in pixels
   * @param score the confidence
   */
  public void add(
      long imageId,
      long categoryId,
      double x,
      double y,
      double width,
      double height,
      double score) {
    if (size == imageIds.length) {
      int room = Math.multiplyExact(size, 2);
      imageIds = Arrays.copyOf(imageIds, room);
      categoryIds = Arrays.copyOf(categoryIds, room);
      values = Arrays.copyOf(values, Math.multiplyExact(room, COLUMNS));
    }
    imageIds[size] = imageId;
    categoryIds[size] = categoryId;
    int at = size * COLUMNS;
    values[at] = x;
    values[at + 1] = y;
    values[at + 2] = width;
    values[at + 3] = height;
    values[at + 4] = score;
    size++;
  }

  /**
   * Appends a detection.
   *
   * @param d the detection
   */
  public void add(Detection d) {
    add(d.imageId(), d.categoryId(), d.x(), d.y(), d.width(), d.height(), d.score());
  }

  /**
   * How many detections there are.
   *
   * @return the number of detections
   */
  public int size() {
    return size;
  }

  /**
   * One detection.
   *
   * @param i its place, from 0
   * @return the detection at that place
   */
  public Detection get(int i) {
    int at = Math.multiplyExact(Objects.checkIndex(i, size), COLUMNS);
    return new Detection(
        imageIds[i],
        categoryIds[i],
        values[at],
        values[at + 1],
        values[at + 2],
        values[at + 3],
        values[at + 4]);
  }

  long imageId(int i) {
    return imageIds[i];
  }

  long categoryId(int i) {
    return categoryIds[i];
  }

  double x(int i) {
    return values[i * COLUMNS];
  }

  double y(int i) {
    return values[i * COLUMNS + 1];
  }

  double width(int i) {
    return values[i * COLUMNS + 2];
  }

  double height(int i) {
    return values[i * COLUMNS + 3];
  }

  double score(int i) {
    return values[i * COLUMNS + 4];
  }
}
