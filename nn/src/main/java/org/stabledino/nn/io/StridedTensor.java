package org.stabledino.nn.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * A tensor in a file: a view of elements that lie at regular distances.
 *
 * @param type of the elements
 * @param order of their bytes
 * @param data gives the bytes; the view lies inside
 * @param offset of the first element, in elements
 * @param shape of the view
 * @param strides distance of neighbours along each axis, in elements
 */
record StridedTensor(
    FileType type,
    ByteOrder order,
    Supplier<MemorySegment> data,
    long offset,
    Shape shape,
    long[] strides) {

  /** A row-major tensor that starts at the first byte. */
  static StridedTensor dense(FileType type, ByteOrder order, MemorySegment data, int... dims) {
    Shape shape = Shape.of(dims);
    return new StridedTensor(type, order, () -> data, 0, shape, rowMajor(shape));
  }

  /** The strides of a tensor without gaps. */
  static long[] rowMajor(Shape shape) {
    long[] strides = new long[shape.rank()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(shape.dim(axis), 1);
    }
    return strides;
  }

  /** How many elements a storage must hold for a view to lie inside it; -1 on overflow. */
  static long reach(long offset, Shape shape, long... strides) {
    if (shape.size() == 0) {
      return 0;
    }
    try {
      long last = offset;
      for (int axis = 0; axis < strides.length; axis++) {
        last = Math.addExact(last, Math.multiplyExact(strides[axis], shape.dim(axis) - 1L));
      }
      return Math.addExact(last, 1);
    } catch (ArithmeticException _) {
      return -1;
    }
  }

  /** Bytes the view has when its elements lie side by side. */
  long bytes() {
    return (long) shape.size() * type.bytes();
  }

  /** Copies the view, row-major, into a tensor of the type that {@link FileType#dtype} says. */
  Tensor read() {
    if (shape.size() == 0) {
      return Tensor.zeros(type.dtype(), shape);
    }
    MemorySegment source = data.get();
    MemorySegment bytes =
        isDense()
            ? source.asSlice(offset * type.bytes(), bytes())
            : MemorySegment.ofArray(gather(source));
    int[] dims = shape.dims();
    return switch (type) {
      case F32 -> Tensor.of(bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order)), dims);
      case F64, F16, BF16 -> Tensor.of(convert(bytes), dims);
      case I64 -> Tensor.of(bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order)), dims);
      case I32 -> Tensor.of(bytes.toArray(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order)), dims);
      case I16, I8 -> Tensor.of(widen(bytes), dims);
      case U8 -> Tensor.of(DType.UINT8, bytes.toArray(ValueLayout.JAVA_BYTE), dims);
      case BOOL -> Tensor.of(DType.BOOL, bytes.toArray(ValueLayout.JAVA_BYTE), dims);
    };
  }

  private boolean isDense() {
    long[] dense = rowMajor(shape);
    for (int axis = 0; axis < dense.length; axis++) {
      if (shape.dim(axis) > 1 && strides[axis] != dense[axis]) {
        return false;
      }
    }
    return true;
  }

  /** The elements side by side, in the order of bytes of the file. */
  private byte[] gather(MemorySegment source) {
    if (bytes() > Integer.MAX_VALUE - 16) {
      throw new CheckpointException(
          "a view of shape %s with gaps takes more than 2^31 - 17 bytes".formatted(shape));
    }
    int width = type.bytes();
    byte[] target = new byte[(int) bytes()];
    int[] index = new int[strides.length];
    long element = offset;
    for (int at = 0; at < target.length; at += width) {
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, element * width, target, at, width);
      for (int axis = index.length - 1; axis >= 0; axis--) {
        element += strides[axis];
        if (++index[axis] < shape.dim(axis)) {
          break;
        }
        element -= strides[axis] * shape.dim(axis);
        index[axis] = 0;
      }
    }
    return target;
  }

  private float[] convert(MemorySegment bytes) {
    ValueLayout.OfDouble doubles = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order);
    ValueLayout.OfShort shorts = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
    float[] values = new float[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case F64 -> (float) bytes.getAtIndex(doubles, i);
            case F16 -> Float.float16ToFloat(bytes.getAtIndex(shorts, i));
            case BF16 -> Float.intBitsToFloat(bytes.getAtIndex(shorts, i) << 16);
            default -> throw new IllegalStateException(type + " needs no conversion");
          };
    }
    return values;
  }

  private int[] widen(MemorySegment bytes) {
    ValueLayout.OfShort shorts = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
    int[] values = new int[shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          type == FileType.I8
              ? bytes.getAtIndex(ValueLayout.JAVA_BYTE, i)
              : bytes.getAtIndex(shorts, i);
    }
    return values;
  }
}
