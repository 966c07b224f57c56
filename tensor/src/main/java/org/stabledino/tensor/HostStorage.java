package org.stabledino.tensor;

/**
 * Storage in a Java array: of floats, doubles, ints, longs, bytes, or shorts for half precision.
 */
final class HostStorage extends Storage {
  private Object array;

  /** Wraps an array; its length may exceed the storage's. */
  HostStorage(DType dtype, Object array, int length) {
    super(Device.CPU, dtype, length);
    this.array = array;
  }

  /** The array; fails once the memory was given back. */
  Object array() {
    checkAlive();
    return array;
  }

  @Override
  protected void recycle() {
    HostMemory.give(array);
    array = null;
  }

  @Override
  protected void abandon() {
    HostMemory.abandon(array);
  }
}
