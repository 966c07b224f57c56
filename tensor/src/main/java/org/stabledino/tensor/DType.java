package org.stabledino.tensor;

/** The type of a tensor's elements. */
public enum DType {
  /** The type all arithmetic uses. */
  FLOAT32(4),
  /** Sums that keep their digits on the way to the CPU. */
  FLOAT64(8),
  /** IEEE half precision: only in files and, on a GPU, for mixed precision. */
  FLOAT16(2),
  /** Brain floating point: only in files and, on a GPU, for mixed precision. */
  BFLOAT16(2),
  /** Ids and counters. */
  INT64(8),
  /** Indices. */
  INT32(4),
  /** Pixels. */
  UINT8(1),
  /** Masks; one byte an element, 0 or 1. */
  BOOL(1);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * The size of one element.
   *
   * @return bytes
   */
  public int bytes() {
    return bytes;
  }
}
