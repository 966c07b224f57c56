package org.stabledino.tensor;

/**
 * Where a tensor lives.
 *
 * @param type the kind of device
 * @param index which one, from 0
 */
public record Device(Type type, int index) {
  /** The machine's own processors and memory. */
  public static final Device CPU = new Device(Type.CPU, 0);

  /** Kinds of device. */
  public enum Type {
    /** The machine's own processors. */
    CPU,
    /** An NVIDIA GPU. */
    CUDA
  }

  /**
   * A CUDA device.
   *
   * @param index which one, from 0
   * @return the device
   */
  public static Device cuda(int index) {
    return new Device(Type.CUDA, index);
  }

  @Override
  public String toString() {
    return type == Type.CPU ? "cpu" : "cuda:" + index;
  }
}
