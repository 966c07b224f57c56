package org.stabledino.cuda;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/** How tensors of the contract suites get to the stand-in's memory and back. */
final class OnStandIn {
  private static Backend blas;
  private static Backend own;

  private OnStandIn() {}

  /** The backend of this test class, products by the stand-in cuBLAS. */
  static synchronized Backend blas() {
    if (blas == null) {
      blas = Backend.checked(StandIn.backend(true));
    }
    return blas;
  }

  /** The backend of this test class, products by the own kernel. */
  static synchronized Backend own() {
    if (own == null) {
      own = Backend.checked(StandIn.backend(false));
    }
    return own;
  }

  /** The elements of an int32 tensor. */
  static int[] ints(Backend backend, Tensor tensor) {
    if (tensor.dtype() != DType.INT32) {
      throw new IllegalArgumentException("not int32: " + tensor);
    }
    Tensor host = backend.download(tensor);
    int[] values = new int[host.size()];
    System.arraycopy(host.ints(), host.offset(), values, 0, values.length);
    return values;
  }
}
