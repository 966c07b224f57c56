package org.stabledino.nn.io;

import java.util.Optional;
import org.stabledino.tensor.DType;

/** The element types of tensors in files, by safetensors' names. */
public enum FileType {
  /** Double precision. */
  F64(8, DType.FLOAT32),
  /** Single precision. */
  F32(4, DType.FLOAT32),
  /** IEEE half precision. */
  F16(2, DType.FLOAT32),
  /** Brain floating point: the upper half of a float32. */
  BF16(2, DType.FLOAT32),
  /** Signed 64-bit integers. */
  I64(8, DType.INT64),
  /** Signed 32-bit integers. */
  I32(4, DType.INT32),
  /** Signed 16-bit integers, widened when read. */
  I16(2, DType.INT32),
  /** Signed 8-bit integers, widened when read. */
  I8(1, DType.INT32),
  /** Bytes 0 to 255. */
  U8(1, DType.UINT8),
  /** Bytes 0 or 1. */
  BOOL(1, DType.BOOL);

  private final int bytes;
  private final DType dtype;

  FileType(int bytes, DType dtype) {
    this.bytes = bytes;
    this.dtype = dtype;
  }

  /**
   * The size of one element.
   *
   * @return bytes
   */
  public int bytes() {
    return bytes;
  }

  /**
   * The type a tensor has after reading.
   *
   * @return float32 for all floating-point types, int32 for narrow signed integers, else the type
   *     of the same width
   */
  public DType dtype() {
    return dtype;
  }

  /** The type of this name, if it is one we know. */
  static Optional<FileType> named(String name) {
    for (FileType type : values()) {
      if (type.name().equals(name)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** The type under which a tensor is written. */
  static FileType of(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> F32;
      case FLOAT64 -> F64;
      case FLOAT16 -> F16;
      case BFLOAT16 -> BF16;
      case INT64 -> I64;
      case INT32 -> I32;
      case UINT8 -> U8;
      case BOOL -> BOOL;
    };
  }
}
