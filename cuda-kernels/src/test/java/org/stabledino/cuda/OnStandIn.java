package org.stabledino.cuda;

import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/** How tensors of the contract suites get to the stand-in's memory and back. */
final class OnStandIn {
  private static CudaBackend blas;
  private static CudaBackend own;

  private OnStandIn() {}

  /** The backend of this test class, products by the stand-in cuBLAS. */
  static synchronized CudaBackend blas() {
    if (blas == null) {
      blas = StandIn.backend(true);
    }
    return blas;
  }

  /** The backend of this test class, products by the own kernel. */
  static synchronized CudaBackend own() {
    if (own == null) {
      own = StandIn.backend(false);
    }
    return own;
  }

  /** The elements of an int32 tensor. */
  static int[] ints(CudaBackend backend, Tensor tensor) {
    if (tensor.dtype() != DType.INT32) {
      throw new IllegalArgumentException("not int32: " + tensor);
    }
    Tensor host = backend.download(tensor);
    int[] values = new int[host.size()];
    System.arraycopy(host.ints(), host.offset(), values, 0, values.length);
    return values;
  }
}
