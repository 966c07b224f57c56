package org.stabledino.tensor;

/**
 * The memory behind one or more tensors, and its life.
 *
 * <p>Storage made inside a {@link Scope} goes back to its backend's pool when the scope closes, or
 * earlier, when everyone who {@linkplain #retain retained} it has {@linkplain #release released}
 * it. Storage made outside any scope belongs to the garbage collector and is never recycled.
 *
 * <p>Reference counts belong to the thread that builds and runs the graph.
 */
public abstract class Storage {
  private final Device device;
  private final DType dtype;
  private final int length;
  private int references;
  private boolean scoped;
  private boolean freed;

  /**
   * Storage that is alive and owned by nobody.
   *
   * @param device where it lies
   * @param dtype its elements' type
   * @param length how many elements it has
   */
  protected Storage(Device device, DType dtype, int length) {
    this.device = device;
    this.dtype = dtype;
    this.length = length;
  }

  /** Gives the memory back to the pool; called once, and only for storage that a scope owned. */
  protected abstract void recycle();

  /** Leaves the memory to the garbage collector, where a scope owned it until now. */
  protected abstract void abandon();

  /**
   * Where it lies.
   *
   * @return the device
   */
  public final Device device() {
    return device;
  }

  /**
   * The type of its elements.
   *
   * @return the type
   */
  public final DType dtype() {
    return dtype;
  }

  /**
   * How many elements it has.
   *
   * @return the count
   */
  public final int length() {
    return length;
  }

  /** Announces a user; each call is answered by one {@link #release}. */
  public final void retain() {
    references++;
  }

  /** Takes an announced user back; the last one frees storage that a scope owns. */
  public final void release() {
    references--;
    if (references < 0) {
      throw new IllegalStateException("storage released more often than it was retained");
    }
    if (references == 0) {
      free();
    }
  }

  /** Takes an announced user back who leaves the memory to its owner, whoever else uses it. */
  public final void unretain() {
    references--;
  }

  /**
   * Whether more than one user is announced, so that writing in place would be seen by another.
   *
   * @return true if shared
   */
  public final boolean shared() {
    return references > 1;
  }

  /**
   * Whether the memory went back to its pool.
   *
   * @return true once freed
   */
  public final boolean freed() {
    return freed;
  }

  /** Frees storage that a scope owns, whoever uses it; without effect on any other. */
  final void free() {
    if (scoped && !freed) {
      freed = true;
      recycle();
    }
  }

  /** Makes a scope the owner. */
  final void adopt() {
    scoped = true;
  }

  /** Leaves the memory to whoever refers to it. */
  final void disown() {
    if (scoped && !freed) {
      scoped = false;
      abandon();
    }
  }

  /**
   * Fails if the memory was given back.
   *
   * @throws IllegalStateException if freed
   */
  protected final void checkAlive() {
    if (freed) {
      throw new IllegalStateException(
          "this tensor's memory was given back: its scope closed, or backward passed it; "
              + "keep it with Scope.keep, or copy it while it is alive");
    }
  }
}
