package org.stabledino.tensor;

import java.util.Arrays;

/**
 * A dense, row-major array with a shape, a dtype and a device.
 *
 * <p>{@link #reshape} and {@link #narrow leading-dimension slices} share storage; everything else
 * copies. A tensor knows no gradients: see {@code org.stabledino.autograd.Variable}. Made inside a
 * {@link Scope}, it lives until the scope closes; made outside, until nobody refers to it.
 *
 * <p>On the CPU, kernels read and write the backing array directly: element {@code i} of a float
 * tensor is {@code floats()[offset() + i]}.
 */
public final class Tensor {
  private final Storage storage;
  private final int offset;
  private final Shape shape;

  private Tensor(Storage storage, int offset, Shape shape) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
  }

  /**
   * A CPU tensor whose content is undefined: the kernel that follows must write every element.
   *
   * @param dtype the elements' type
   * @param shape the shape
   * @return the tensor
   */
  public static Tensor empty(DType dtype, Shape shape) {
    boolean pooled = Scope.active();
    Object array =
        pooled ? HostMemory.take(dtype, shape.size()) : HostMemory.fresh(dtype, shape.size());
    HostStorage storage = new HostStorage(dtype, array, shape.size());
    Scope.adopt(storage);
    return new Tensor(storage, 0, shape);
  }

  /**
   * A float32 CPU tensor whose content is undefined.
   *
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor empty(int... dims) {
    return empty(DType.FLOAT32, Shape.of(dims));
  }

  /**
   * A CPU tensor of zeros.
   *
   * @param dtype the elements' type
   * @param shape the shape
   * @return the tensor
   */
  public static Tensor zeros(DType dtype, Shape shape) {
    Tensor tensor = empty(dtype, shape);
    if (dtype == DType.FLOAT32) {
      Arrays.fill(tensor.floats(), 0, shape.size(), 0f);
    }
    return tensor;
  }

  /**
   * A float32 CPU tensor of zeros.
   *
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor zeros(int... dims) {
    return zeros(DType.FLOAT32, Shape.of(dims));
  }

  /**
   * A float32 CPU tensor with one value everywhere.
   *
   * @param value the value
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor full(float value, int... dims) {
    Tensor tensor = empty(dims);
    Arrays.fill(tensor.floats(), 0, tensor.size(), value);
    return tensor;
  }

  /**
   * A tensor over an existing array, which it does not copy and which no pool ever gets.
   *
   * @param values the elements, row-major
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor of(float[] values, int... dims) {
    return wrap(DType.FLOAT32, values, values.length, dims);
  }

  /**
   * A float64 tensor over an existing array.
   *
   * @param values the elements, row-major
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor of(double[] values, int... dims) {
    return wrap(DType.FLOAT64, values, values.length, dims);
  }

  /**
   * An int32 tensor over an existing array.
   *
   * @param values the elements, row-major
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor of(int[] values, int... dims) {
    return wrap(DType.INT32, values, values.length, dims);
  }

  /**
   * An int64 tensor over an existing array.
   *
   * @param values the elements, row-major
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor of(long[] values, int... dims) {
    return wrap(DType.INT64, values, values.length, dims);
  }

  /**
   * A mask or pixel tensor over an existing array.
   *
   * @param dtype {@link DType#BOOL} or {@link DType#UINT8}
   * @param values the elements, row-major
   * @param dims the extents
   * @return the tensor
   */
  public static Tensor of(DType dtype, byte[] values, int... dims) {
    if (dtype != DType.BOOL && dtype != DType.UINT8) {
      throw new IllegalArgumentException("bytes hold bool or uint8, not " + dtype);
    }
    return wrap(dtype, values, values.length, dims);
  }

  /**
   * A scalar.
   *
   * @param value the value
   * @return a float32 tensor of rank 0
   */
  public static Tensor scalar(float value) {
    return of(new float[] {value});
  }

  private static Tensor wrap(DType dtype, Object array, int length, int... dims) {
    Shape shape = dims.length == 0 && length != 1 ? Shape.of(length) : Shape.of(dims);
    if (shape.size() != length) {
      throw new ShapeMismatchException(
          "Tensor.of", "values", shape.size() + " long", length + " long", "");
    }
    return new Tensor(new HostStorage(dtype, array, length), 0, shape);
  }

  /**
   * A tensor over a backend's own storage.
   *
   * @param storage the memory
   * @param offset the first element
   * @param shape the shape
   * @return the tensor
   */
  public static Tensor over(Storage storage, int offset, Shape shape) {
    if (offset < 0 || offset + (long) shape.size() > storage.length()) {
      throw new IndexOutOfBoundsException(
          "shape %s at offset %d in storage of %d elements"
              .formatted(shape, offset, storage.length()));
    }
    return new Tensor(storage, offset, shape);
  }

  /**
   * The memory behind this tensor.
   *
   * @return the storage
   */
  public Storage storage() {
    return storage;
  }

  /**
   * The index of the first element in the storage.
   *
   * @return elements
   */
  public int offset() {
    return offset;
  }

  /**
   * The shape.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * One extent.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @return the extent
   */
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /**
   * The number of dimensions.
   *
   * @return the rank
   */
  public int rank() {
    return shape.rank();
  }

  /**
   * The number of elements.
   *
   * @return the count
   */
  public int size() {
    return shape.size();
  }

  /**
   * The type of the elements.
   *
   * @return the type
   */
  public DType dtype() {
    return storage.dtype();
  }

  /**
   * Where it lives.
   *
   * @return the device
   */
  public Device device() {
    return storage.device();
  }

  /**
   * The backend that computes where this tensor lives.
   *
   * @return the backend
   */
  public Backend backend() {
    return Backend.of(device());
  }

  /**
   * The same elements on another device; the copy lives in the current scope, if any.
   *
   * @param target where they are wanted
   * @return a copy there, or this tensor where it is there already
   */
  public Tensor to(Device target) {
    if (device().equals(target)) {
      return this;
    }
    return Backend.of(target).upload(backend().download(this));
  }

  /**
   * The same elements under another shape; storage is shared.
   *
   * @param dims the extents; one may be -1, which is derived from the rest
   * @return the view
   */
  public Tensor reshape(int... dims) {
    int[] wanted = dims.clone();
    int known = 1;
    int open = -1;
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i] == -1) {
        open = i;
      } else {
        known *= wanted[i];
      }
    }
    if (open >= 0 && known > 0) {
      wanted[open] = size() / known;
    }
    return reshape(Shape.of(wanted));
  }

  /**
   * The same elements under another shape; storage is shared.
   *
   * @param target the shape, of the same size
   * @return the view
   */
  public Tensor reshape(Shape target) {
    if (target.size() != size()) {
      throw new ShapeMismatchException(
          "reshape", "target", "of " + size() + " elements like " + shape, target.toString(), "");
    }
    return new Tensor(storage, offset, target);
  }

  /**
   * Rows {@code from} (inclusive) to {@code to} (exclusive) of the outermost dimension; storage is
   * shared.
   *
   * @param from first row
   * @param to end
   * @return the view
   */
  public Tensor narrow(int from, int to) {
    if (from < 0 || to < from || to > dim(0)) {
      throw new IndexOutOfBoundsException("rows %d to %d of %s".formatted(from, to, shape));
    }
    return new Tensor(storage, offset + from * shape.count(1, rank()), shape.with(0, to - from));
  }

  /**
   * One row of the outermost dimension, without it; storage is shared.
   *
   * @param index the row
   * @return the view, one rank lower
   */
  public Tensor select(int index) {
    int[] dims = shape.dims();
    return narrow(index, index + 1).reshape(Shape.of(Arrays.copyOfRange(dims, 1, dims.length)));
  }

  /**
   * The backing array of a float32 CPU tensor; the first element is at {@link #offset}.
   *
   * @return the array itself
   */
  public float[] floats() {
    return (float[]) array(DType.FLOAT32, DType.FLOAT32);
  }

  /**
   * The backing array of a float64 CPU tensor; the first element is at {@link #offset}.
   *
   * @return the array itself
   */
  public double[] doubles() {
    return (double[]) array(DType.FLOAT64, DType.FLOAT64);
  }

  /**
   * The backing array of an int32 CPU tensor; the first element is at {@link #offset}.
   *
   * @return the array itself
   */
  public int[] ints() {
    return (int[]) array(DType.INT32, DType.INT32);
  }

  /**
   * The backing array of an int64 CPU tensor; the first element is at {@link #offset}.
   *
   * @return the array itself
   */
  public long[] longs() {
    return (long[]) array(DType.INT64, DType.INT64);
  }

  /**
   * The backing array of a bool or uint8 CPU tensor; the first element is at {@link #offset}.
   *
   * @return the array itself
   */
  public byte[] bytes() {
    return (byte[]) array(DType.BOOL, DType.UINT8);
  }

  private Object array(DType either, DType or) {
    if (dtype() != either && dtype() != or) {
      throw new IllegalStateException("a tensor of " + dtype() + " is not of " + either);
    }
    if (!(storage instanceof HostStorage host)) {
      throw new IllegalStateException(
          "a tensor on %s has no Java array: copy it with to(Device.CPU)".formatted(device()));
    }
    return host.array();
  }

  /**
   * One element of a float32 CPU tensor.
   *
   * @param index one per dimension
   * @return the value
   */
  public float get(int... index) {
    if (index.length != rank()) {
      throw new IndexOutOfBoundsException(
          Arrays.toString(index) + " is no index into shape " + shape);
    }
    int flat = 0;
    for (int i = 0; i < index.length; i++) {
      flat = flat * shape.dim(i) + java.util.Objects.checkIndex(index[i], shape.dim(i));
    }
    return floats()[offset + flat];
  }

  /**
   * The value of a tensor with one element. On a GPU this waits until the value is there.
   *
   * @return the value
   */
  public float item() {
    if (size() != 1) {
      throw new ShapeMismatchException("item", "tensor", "of one element", shape.toString(), "");
    }
    Tensor host = to(Device.CPU);
    return host.floats()[host.offset];
  }

  /**
   * A copy of the elements. On a GPU this waits until they are there.
   *
   * @return a new array, row-major
   */
  public float[] toFloats() {
    Tensor host = to(Device.CPU);
    return Arrays.copyOfRange(host.floats(), host.offset, host.offset + size());
  }

  /**
   * A deep copy on the same device; it lives in the current scope, if any.
   *
   * @return the copy
   */
  public Tensor copy() {
    Tensor copy = backend().empty(dtype(), shape);
    copy.copyFrom(this);
    return copy;
  }

  /**
   * Overwrites this tensor's elements.
   *
   * @param source same dtype and size; one of the two may lie on a GPU, or both on the same
   */
  public void copyFrom(Tensor source) {
    if (source.size() != size()) {
      throw new ShapeMismatchException(
          "copyFrom", "source", shape.toString(), source.shape.toString(), "");
    }
    if (!(storage instanceof HostStorage && source.storage instanceof HostStorage)) {
      (storage instanceof HostStorage ? source : this).backend().copy(source, this);
      return;
    }
    Object from = source.array(dtype(), dtype());
    System.arraycopy(from, source.offset, array(dtype(), dtype()), offset, size());
  }

  /**
   * Type, shape and place; not the elements.
   *
   * @return such as {@code FLOAT32[2, 3] on cpu}
   */
  @Override
  public String toString() {
    return dtype() + shape.toString() + " on " + device();
  }
}
