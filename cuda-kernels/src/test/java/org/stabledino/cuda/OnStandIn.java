package org.stabledino.cuda;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/** How tensors of the contract suites get to the stand-in's memory and back. */
final class OnStandIn {
  private static Backend blas;
  private static Backend own;
  private static final Set<Class<?>> USERS = ConcurrentHashMap.newKeySet();

  private static final StackWalker CALLER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private OnStandIn() {}

  /** The backend of this test class, products by the stand-in cuBLAS. */
  static synchronized Backend blas() {
    USERS.add(CALLER.getCallerClass());
    if (blas == null) {
      blas = Backend.checked(StandIn.backend(true));
    }
    return blas;
  }

  /** The backend of this test class, products by the own kernel. */
  static synchronized Backend own() {
    USERS.add(CALLER.getCallerClass());
    if (own == null) {
      own = Backend.checked(StandIn.backend(false));
    }
    return own;
  }

  /** The test classes that have asked for a backend in this JVM. */
  static Set<Class<?>> users() {
    return Set.copyOf(USERS);
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
