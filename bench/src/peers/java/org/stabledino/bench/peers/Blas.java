package org.stabledino.bench.peers;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.stabledino.tensor.Tensor;

/** OpenBLAS, and native memory for it: row-major matrices aligned to cache lines. */
final class Blas {
  private static final int LINE = 64;

  private Blas() {}

  /** An uninitialised native array. */
  static FloatPointer array(int size) {
    FloatPointer pointer = new FloatPointer(size + LINE / 4L);
    long past = pointer.address() % LINE;
    return pointer.getPointer(past == 0 ? 0 : (LINE - past) / 4);
  }

  /** A native copy. */
  static FloatPointer copy(Tensor tensor) {
    FloatPointer pointer = array(tensor.size());
    pointer.put(tensor.floats(), tensor.offset(), tensor.size());
    return pointer;
  }

  /** What a native array holds. */
  static float[] floats(FloatPointer pointer, int size) {
    float[] values = new float[size];
    pointer.get(values);
    return values;
  }

  /** {@code out[m, n] = op(a) op(b)} over k. */
  static void product(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      FloatPointer a,
      FloatPointer b,
      FloatPointer out) {
    openblas_nolapack.cblas_sgemm(
        CblasRowMajor,
        transposeA ? CblasTrans : CblasNoTrans,
        transposeB ? CblasTrans : CblasNoTrans,
        m,
        n,
        k,
        1f,
        a,
        transposeA ? m : k,
        b,
        transposeB ? k : n,
        0f,
        out,
        n);
  }
}
