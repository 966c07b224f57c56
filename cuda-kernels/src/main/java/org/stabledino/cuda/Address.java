package org.stabledino.cuda;

import java.lang.foreign.MemorySegment;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUstream;

/** Reads the numbers behind JCuda's pointers, which only their subclasses may see. */
final class Address {
  private Address() {}

  private static final class Place extends Pointer {
    Place(Pointer pointer) {
      super(pointer);
    }

    long number() {
      return getNativePointer() + getByteOffset();
    }
  }

  private static final class Handle extends NativePointerObject {
    Handle(NativePointerObject object) {
      super(object);
    }

    long number() {
      return getNativePointer();
    }
  }

  /** Where a pointer points, as a call of a native function takes it. */
  static MemorySegment of(Pointer pointer) {
    return MemorySegment.ofAddress(new Place(pointer).number());
  }

  /** The driver's handle of a stream. */
  static MemorySegment of(CUstream stream) {
    return MemorySegment.ofAddress(new Handle(stream).number());
  }
}
