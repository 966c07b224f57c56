package org.stabledino.detection.data;

/** What to do with an annotation whose box is not wider and higher than zero. */
public enum BoxPolicy {
  /** An error: such a box is usually a slip in the conversion to COCO format. */
  REFUSE,
  /** Left out with a warning; COCO train2017 itself holds two. */
  DROP,
  /** Kept as it is, as the COCO evaluator does. */
  KEEP
}
