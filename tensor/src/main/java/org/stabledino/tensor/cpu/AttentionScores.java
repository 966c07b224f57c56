package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * The scores of dense attention, {@code scale q k^T} + mask, for blocks of queries of one head:
 * what the forward and the backward pass have in common.
 *
 * <p>Rows of scores are padded to whole vectors with minus infinity, so that no loop over the keys
 * has a rest.
 *
 * @param penalties of pairs [Nq, Nk], 0 or minus infinity; nullable
 * @param padding of keys [B, Nk], 0 or minus infinity; nullable
 * @param bias [G, H, Nq, Nk] from biasOffset; nullable
 */
record AttentionScores(
    RowLoops rowLoops,
    TileLoops tileLoops,
    int batch,
    int heads,
    int nq,
    int nk,
    int d,
    float scale,
    float[] penalties,
    float[] padding,
    float[] bias,
    int biasOffset,
    int groups) {

  /** Queries of a block; a multiple of a tile's rows. */
  static final int BLOCK = 24;

  /** Scores that are worth a task of their own. */
  private static final int TASK_SCORES = 1 << 12;

  /** The scores of these queries and keys; the current scope owns what they need. */
  static AttentionScores of(
      Tensor q,
      Tensor k,
      int heads,
      float scale,
      Mask mask,
      RowLoops rowLoops,
      TileLoops tileLoops,
      Parallel pool) {
    Tensor bias = mask.bias();
    return new AttentionScores(
        rowLoops,
        tileLoops,
        q.dim(0),
        heads,
        q.dim(1),
        k.dim(1),
        q.dim(2) / heads,
        scale,
        penalties(mask.blocked(), pool),
        penalties(mask.keyPadding(), pool),
        bias == null ? null : bias.floats(),
        bias == null ? 0 : bias.offset(),
        bias == null ? 1 : bias.dim(0));
  }

  private static float[] penalties(Tensor hidden, Parallel pool) {
    if (hidden == null) {
      return null;
    }
    float[] penalties = Tensor.empty(hidden.shape().dims()).floats();
    byte[] bytes = hidden.bytes();
    pool.run(
        hidden.size(),
        1 << 15,
        (from, to) -> {
          for (int i = from; i < to; i++) {
            penalties[i] = bytes[hidden.offset() + i] != 0 ? Float.NEGATIVE_INFINITY : 0f;
          }
        });
    return penalties;
  }

  /** Heads of batch entries that are worth a task. */
  int grain(int parts) {
    return (int) Math.max(1, TASK_SCORES / Math.max(1, (long) nq * nk / parts));
  }

  /** Elements of a token, over all heads. */
  int channels() {
    return heads * d;
  }

  /** The length of a row of scores: keys, rounded up to whole vectors. */
  int keyLanes() {
    return roundUp(nk);
  }

  /** The channels of a head, rounded up to whole vectors. */
  int dLanes() {
    return roundUp(d);
  }

  private int roundUp(int n) {
    int lanes = tileLoops.width(1, true);
    return (n + lanes - 1) / lanes * lanes;
  }

  /** Where a head's channels of a batch entry's first query start. */
  int query(int b, int h) {
    return b * nq * channels() + h * d;
  }

  /** Where a head's channels of a batch entry's first key start. */
  int key(int b, int h) {
    return b * nk * channels() + h * d;
  }

  /** Where a query's pairs start in a bias. */
  int biasRow(int b, int h, int query) {
    return ((b % groups * heads + h) * nq + query) * nk;
  }

  /** A block of queries, in place, times [D, keyLanes]: the caller sets aOffset. */
  Product product(Workspace work, Tensor queries, float[] columns, float[] scores) {
    Product product = new Product(tileLoops);
    product.a = queries.floats();
    product.aRows = work.steps(Slot.QUERY_STARTS, BLOCK, channels());
    product.inner = d;
    product.b = columns;
    product.bStep = keyLanes();
    product.bPanelStep = tileLoops.panel();
    product.c = scores;
    product.cRows = work.steps(Slot.SCORE_STARTS, BLOCK, keyLanes());
    return product;
  }

  /** [Bq, keyLanes] times [Nk, dLanes]. */
  Product overKeys(Workspace work, float[] weights, float[] rows, float[] result) {
    Product product = new Product(tileLoops);
    product.a = weights;
    product.aRows = work.steps(Slot.SCORE_STARTS, BLOCK, keyLanes());
    product.inner = nk;
    product.b = rows;
    product.bStep = dLanes();
    product.bPanelStep = tileLoops.panel();
    product.c = result;
    product.cRows = work.steps(Slot.SUM_STARTS, BLOCK, dLanes());
    return product;
  }

  /** Adds the mask and the bias to the products of queries and keys, and pads the rows. */
  void complete(int b, int h, int first, int rows, float[] scores) {
    int lanes = keyLanes();
    for (int i = 0; i < rows; i++) {
      int row = i * lanes;
      if (penalties != null) {
        rowLoops.add(penalties, (first + i) * nk, scores, row, nk);
      }
      if (padding != null) {
        rowLoops.add(padding, b * nk, scores, row, nk);
      }
      if (bias != null) {
        rowLoops.add(bias, biasOffset + biasRow(b, h, first + i), scores, row, nk);
      }
      Arrays.fill(scores, row + nk, row + lanes, Float.NEGATIVE_INFINITY);
    }
  }

  /** [rows, D] of one head to columns of [D, step], scaled, with zeros behind the last row. */
  void packColumns(float[] x, int xo, int rows, float factor, float[] packed, int step) {
    int channels = channels();
    for (int c = 0; c < d; c++) {
      int to = c * step;
      for (int row = 0; row < rows; row++) {
        packed[to + row] = factor * x[xo + row * channels + c];
      }
      Arrays.fill(packed, to + rows, to + step, 0f);
    }
  }

  /** The columns of [D, step] back to [rows, D] of one head. */
  void unpackColumns(float[] packed, int step, int rows, float[] x, int xo) {
    int channels = channels();
    for (int row = 0; row < rows; row++) {
      for (int c = 0; c < d; c++) {
        x[xo + row * channels + c] = packed[c * step + row];
      }
    }
  }

  /** [Nk, D] of one head to neighbouring rows of whole vectors, filled with zeros. */
  void packRows(float[] x, int xo, float[] packed) {
    int lanes = dLanes();
    for (int row = 0; row < nk; row++) {
      int to = row * lanes;
      System.arraycopy(x, xo + row * channels(), packed, to, d);
      Arrays.fill(packed, to + d, to + lanes, 0f);
    }
  }
}
