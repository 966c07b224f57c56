package org.stabledino.detection.scenes;

/** What the scenes show. The category ids have gaps, as those of COCO do. */
public enum ShapeClass {
  /** A shaded ball, round or slightly flattened. */
  DISC(1, "disc"),
  /** A rectangle with a frame. */
  BOX(2, "box"),
  /** A striped triangle. */
  TRIANGLE(4, "triangle"),
  /** A five-pointed star with light and dark facets. */
  STAR(7, "star"),
  /** A tube bent to a ring; what lies behind shows through its hole. */
  RING(9, "ring"),
  /** A plus with a dot in its middle. */
  CROSS(12, "cross");

  private final int categoryId;
  private final String label;

  ShapeClass(int categoryId, String label) {
    this.categoryId = categoryId;
    this.label = label;
  }

  /**
   * The id in the annotation file.
   *
   * @return 1, 2, 4, 7, 9 or 12
   */
  public int categoryId() {
    return categoryId;
  }

  /**
   * The category's name in the annotation file.
   *
   * @return a lower-case noun
   */
  public String label() {
    return label;
  }
}
