package org.stabledino.tensor.cpu;

/** Four columns of one row at a time: the most that plain Java keeps in registers reliably. */
final class ScalarGemm implements GemmLoops {

  @Override
  public int panel() {
    return 16;
  }

  @Override
  public int rows() {
    return 1;
  }

  @Override
  public boolean exact(int n) {
    return true;
  }

  @Override
  public void block(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      float[] bias,
      int biasAt,
      boolean accumulate,
      boolean relu) {
    for (int i = 0; i < m; i++) {
      int row = aAt + i * lda;
      int out = cAt + i * ldc;
      if (!accumulate) {
        for (int j = 0; j < n; j++) {
          c[out + j] = bias == null ? 0f : bias[biasAt + j];
        }
      }
      int j = 0;
      for (; j + 4 <= n; j += 4) {
        float s0 = c[out + j];
        float s1 = c[out + j + 1];
        float s2 = c[out + j + 2];
        float s3 = c[out + j + 3];
        for (int p = 0, at = bAt + j; p < k; p++, at += ldb) {
          float x = a[row + p];
          s0 += x * b[at];
          s1 += x * b[at + 1];
          s2 += x * b[at + 2];
          s3 += x * b[at + 3];
        }
        c[out + j] = s0;
        c[out + j + 1] = s1;
        c[out + j + 2] = s2;
        c[out + j + 3] = s3;
      }
      for (; j < n; j++) {
        float sum = c[out + j];
        for (int p = 0, at = bAt + j; p < k; p++, at += ldb) {
          sum += a[row + p] * b[at];
        }
        c[out + j] = sum;
      }
      if (relu) {
        for (int r = out; r < out + n; r++) {
          c[r] = Math.max(c[r], 0f);
        }
      }
    }
  }
}
