package org.stabledino.tensor.cpu;

/**
 * Working memory of kernels: one array for each purpose and thread, kept from call to call.
 *
 * <p>A kernel may call another one while it uses its own purposes, so no two kernels share one.
 */
enum Scratch {
  /** Panels of the right factor of a matrix product. */
  GEMM_B,
  /** Transposed rows of the left factor of a matrix product. */
  GEMM_A;

  private final ThreadLocal<float[]> arrays = ThreadLocal.withInitial(() -> new float[0]);

  /**
   * This thread's array for the purpose, content undefined.
   *
   * @param length the least length
   */
  float[] take(int length) {
    float[] array = arrays.get();
    if (array.length < length) {
      array = new float[Math.max(length, Math.min(2 * array.length, 1 << 20))];
      arrays.set(array);
    }
    return array;
  }
}
