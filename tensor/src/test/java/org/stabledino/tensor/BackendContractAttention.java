package org.stabledino.tensor;

import static org.stabledino.tensor.ContractData.assertNear;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;

/** What every backend's {@link AttentionKernels} compute, against plain loops in double. */
public abstract class BackendContractAttention extends BackendContract {

  @ParameterizedTest
  @CsvSource({"1,1", "3,5", "4,8", "7,16", "20,49", "700,91", "3,1000", "0,4"})
  void softmax(int rows, int n) {
    ContractData data = new ContractData(this, rows * 31L + n);
    Tensor x = data.uniform(-20, 20, rows, n);
    Tensor y = data.dirty(rows, n);
    backend().attention().softmax(x, y);
    Tensor gradOut = data.normal(0, rows, n);
    Tensor gradX = data.dirty(rows, n);
    backend().attention().softmaxBackward(y, gradOut, gradX);
    double[] expected = new double[rows * n];
    double[] gradient = new double[rows * n];
    float[] values = data.floats(x);
    float[] g = data.floats(gradOut);
    for (int row = 0; row < rows; row++) {
      double sum = 0;
      for (int i = row * n; i < (row + 1) * n; i++) {
        expected[i] = Math.exp(values[i]);
        sum += expected[i];
      }
      double dot = 0;
      for (int i = row * n; i < (row + 1) * n; i++) {
        expected[i] /= sum;
        dot += expected[i] * g[i];
      }
      for (int i = row * n; i < (row + 1) * n; i++) {
        gradient[i] = expected[i] * (g[i] - dot);
      }
    }
    assertNear("out", data.floats(y), expected, 1e-6);
    assertNear("gradX", data.floats(gradX), gradient, 2e-6);
  }

  @ParameterizedTest
  @CsvSource({
    // batch, heads, Nq, Nk, D, blocked, padding, bias groups
    "1,1,1,1,1,false,false,0",
    "2,8,30,30,8,false,false,0",
    "2,8,55,55,8,true,false,0",
    "1,3,7,13,5,false,true,0",
    "8,2,49,49,32,false,false,4",
    "6,3,16,16,12,false,false,2",
    "2,2,300,70,16,true,true,1",
    "1,1,25,523,24,false,true,0"
  })
  void attention(
      int batch, int heads, int nq, int nk, int d, boolean blocked, boolean padded, int groups) {
    ContractData data = new ContractData(this, batch + 10L * nq + 100L * nk + d);
    int channels = heads * d;
    Tensor q = data.normal(0, batch, nq, channels);
    Tensor k = data.normal(0, batch, nk, channels);
    Tensor v = data.normal(0, batch, nk, channels);
    Tensor gradOut = data.normal(0, batch, nq, channels);
    byte[] forbidden = hidden(data.random(), nq, nk);
    byte[] invisible = hidden(data.random(), batch, nk);
    Mask mask =
        new Mask(
            blocked ? upload(Tensor.of(DType.BOOL, forbidden, nq, nk)) : null,
            padded ? upload(Tensor.of(DType.BOOL, invisible, batch, nk)) : null,
            groups > 0 ? data.normal(0, groups, heads, nq, nk) : null);
    float scale = (float) (1 / Math.sqrt(d));
    Tensor out = data.dirty(batch, nq, channels);
    Tensor logSumExp = data.dirty(batch, heads, nq);
    backend().attention().attention(q, k, v, heads, scale, mask, out, logSumExp);
    Tensor gradQ = data.dirty(batch, nq, channels);
    Tensor gradK = data.dirty(batch, nk, channels);
    Tensor gradV = data.dirty(batch, nk, channels);
    Tensor gradBias = groups > 0 ? data.dirty(groups, heads, nq, nk) : null;
    backend()
        .attention()
        .attentionBackward(
            gradOut, q, k, v, heads, scale, mask, out, logSumExp, gradQ, gradK, gradV, gradBias);

    float[] qs = data.floats(q);
    float[] ks = data.floats(k);
    float[] vs = data.floats(v);
    float[] gs = data.floats(gradOut);
    float[] biases = groups > 0 ? data.floats(mask.bias()) : null;
    double[] expected = new double[out.size()];
    double[] dq = new double[q.size()];
    double[] dk = new double[k.size()];
    double[] dv = new double[v.size()];
    double[] dBias = new double[groups * heads * nq * nk];
    for (int b = 0; b < batch; b++) {
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < nq; i++) {
          int qo = (b * nq + i) * channels + h * d;
          double[] p = new double[nk];
          int biasRow = groups > 0 ? ((b % groups * heads + h) * nq + i) * nk : 0;
          double sum = 0;
          for (int j = 0; j < nk; j++) {
            boolean hide =
                blocked && forbidden[i * nk + j] != 0 || padded && invisible[b * nk + j] != 0;
            double score = dot(qs, qo, ks, (b * nk + j) * channels + h * d, d) * scale;
            p[j] = hide ? 0 : Math.exp(score + (groups > 0 ? biases[biasRow + j] : 0));
            sum += p[j];
          }
          double dots = 0;
          double[] dp = new double[nk];
          for (int j = 0; j < nk; j++) {
            p[j] /= sum;
            int ko = (b * nk + j) * channels + h * d;
            dp[j] = dot(gs, qo, vs, ko, d);
            dots += p[j] * dp[j];
            for (int c = 0; c < d; c++) {
              expected[qo + c] += p[j] * vs[ko + c];
              dv[ko + c] += p[j] * gs[qo + c];
            }
          }
          for (int j = 0; j < nk; j++) {
            int ko = (b * nk + j) * channels + h * d;
            double ds = p[j] * (dp[j] - dots);
            if (groups > 0) {
              dBias[biasRow + j] += ds;
            }
            for (int c = 0; c < d; c++) {
              dq[qo + c] += ds * scale * ks[ko + c];
              dk[ko + c] += ds * scale * qs[qo + c];
            }
          }
        }
      }
    }
    assertNear("out", data.floats(out), expected, 3e-6);
    assertNear("gradQ", data.floats(gradQ), dq, 1e-5);
    assertNear("gradK", data.floats(gradK), dk, 1e-5);
    assertNear("gradV", data.floats(gradV), dv, 1e-5);
    if (groups > 0) {
      assertNear("gradBias", data.floats(gradBias), dBias, 1e-5);
    }
  }

  private static double dot(float[] a, int ao, float[] b, int bo, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += (double) a[ao + i] * b[bo + i];
    }
    return sum;
  }

  /** A mask that leaves the first column visible. */
  private static byte[] hidden(Random random, int rows, int columns) {
    byte[] bytes = new byte[rows * columns];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % columns > 0 && random.nextInt(3) == 0 ? 1 : 0);
    }
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    // batch, heads, D, queries, points, levels, spread of the locations
    "1,1,1,1,1,1,0.2",
    "2,4,8,11,4,3,0.3",
    "2,8,8,90,4,4,0.1",
    "1,2,16,33,2,2,1",
    "2,3,32,20,4,4,0.5",
    "1,2,5,9,3,2,0.4",
    "1,1,64,7,1,4,0.2"
  })
  void deformableAttention(
      int batch, int heads, int d, int queries, int points, int count, float spread) {
    ContractData data = new ContractData(this, d * 100L + queries);
    int[] heights = new int[count];
    int[] widths = new int[count];
    for (int level = 0; level < count; level++) {
      heights[level] = Math.max(1, 13 >> level);
      widths[level] = Math.max(1, 18 >> level);
    }
    Levels levels = new Levels(heights, widths);
    Tensor value = data.normal(0, batch, levels.tokens(), heads, d);
    Tensor locations = data.uniform(-spread, 1 + spread, batch, queries, heads, count, points, 2);
    Tensor weights = data.uniform(0, 1, batch, queries, heads, count, points);
    Tensor gradOut = data.normal(0, batch, queries, heads * d);
    Tensor out = data.dirty(batch, queries, heads * d);
    backend().attention().deformableAttention(value, levels, locations, weights, out);
    Tensor gradValue = data.dirty(batch, levels.tokens(), heads, d);
    Tensor gradLocations = data.dirty(batch, queries, heads, count, points, 2);
    Tensor gradWeights = data.dirty(batch, queries, heads, count, points);
    backend()
        .attention()
        .deformableAttentionBackward(
            gradOut, value, levels, locations, weights, gradValue, gradLocations, gradWeights);

    float[] values = data.floats(value);
    float[] xy = data.floats(locations);
    float[] shares = data.floats(weights);
    float[] gs = data.floats(gradOut);
    double[] expected = new double[out.size()];
    double[] dValue = new double[value.size()];
    double[] dXy = new double[xy.length];
    double[] dShare = new double[shares.length];
    for (int sample = 0; sample < shares.length; sample++) {
      int level = sample / points % count;
      int row = sample / points / count;
      int h = row % heads;
      int b = row / heads / queries;
      int width = widths[level];
      int height = heights[level];
      double x = xy[2 * sample] * (double) width - 0.5;
      double y = xy[2 * sample + 1] * (double) height - 0.5;
      for (int corner = 0; corner < 4; corner++) {
        int cx = (int) Math.floor(x) + corner % 2;
        int cy = (int) Math.floor(y) + corner / 2;
        if (cx < 0 || cy < 0 || cx >= width || cy >= height) {
          continue;
        }
        double wx = 1 - Math.abs(x - cx);
        double wy = 1 - Math.abs(y - cy);
        int at = ((b * levels.tokens() + levels.start(level) + cy * width + cx) * heads + h) * d;
        double product = 0;
        for (int c = 0; c < d; c++) {
          expected[row * d + c] += shares[sample] * wx * wy * values[at + c];
          dValue[at + c] += shares[sample] * wx * wy * gs[row * d + c];
          product += (double) values[at + c] * gs[row * d + c];
        }
        dShare[sample] += wx * wy * product;
        dXy[2 * sample] += shares[sample] * width * (corner % 2 == 1 ? wy : -wy) * product;
        dXy[2 * sample + 1] += shares[sample] * height * (corner / 2 == 1 ? wx : -wx) * product;
      }
    }
    assertNear("out", data.floats(out), expected, 1e-5);
    assertNear("gradValue", data.floats(gradValue), dValue, 1e-5);
    assertNear("gradWeights", data.floats(gradWeights), dShare, 1e-5);
    assertNear("gradLocations", data.floats(gradLocations), dXy, 1e-5);
  }
}
