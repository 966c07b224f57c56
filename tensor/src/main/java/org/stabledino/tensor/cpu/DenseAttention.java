package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Dense multi-head attention without ever storing all scores.
 *
 * <p>A task owns one head of one batch entry and walks blocks of queries: the block's scores [Bq,
 * Nk] stay in the L2 cache between the two products. The backward pass computes them again from the
 * stored log-sum-exp. A query whose keys are all hidden has no probabilities: its row is NaN, as in
 * PyTorch.
 */
final class DenseAttention {
  /** Queries of a block; a multiple of a tile's rows. */
  private static final int BLOCK = 24;

  /** Queries of a forward task. */
  private static final int TASK_QUERIES = 240;

  /** Scores that are worth a task of their own. */
  private static final int TASK_SCORES = 1 << 12;

  private final RowLoops rowLoops;
  private final TileLoops tileLoops;
  private final Parallel pool;

  DenseAttention(RowLoops rowLoops, TileLoops tileLoops, Parallel pool) {
    this.rowLoops = rowLoops;
    this.tileLoops = tileLoops;
    this.pool = pool;
  }

  /** The sizes all parts share. */
  private record Sizes(int batch, int heads, int nq, int nk, int d, int keyLanes, int dLanes) {
    int channels() {
      return heads * d;
    }

    /** Where a head's channels of a batch entry's first query start. */
    int query(int b, int h) {
      return b * nq * channels() + h * d;
    }

    int key(int b, int h) {
      return b * nk * channels() + h * d;
    }
  }

  /**
   * What is added to the scores, as floats: 0 or minus infinity for the boolean masks.
   *
   * @param blocked [Nq, Nk]; nullable
   * @param padding [B, Nk]; nullable
   * @param bias [G, H, Nq, Nk] from biasOffset; nullable
   */
  private record Summands(
      float[] blocked, float[] padding, float[] bias, int biasOffset, int groups) {}

  void forward(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp) {
    Sizes s = sizes(q, k, heads);
    try (Scope _ = Scope.open()) {
      Summands summands = summands(s, mask);
      int parts = Math.max(1, (s.nq + TASK_QUERIES - 1) / TASK_QUERIES);
      pool.run(
          s.batch * heads * parts,
          grain(s, parts),
          (begin, end) -> {
            for (int task = begin; task < end; task++) {
              int pair = task / parts;
              int from = task % parts * TASK_QUERIES;
              int to = Math.min(s.nq, from + TASK_QUERIES);
              forward(
                  s,
                  q,
                  k,
                  v,
                  scale,
                  summands,
                  out,
                  logSumExp,
                  pair / heads,
                  pair % heads,
                  from,
                  to);
            }
          });
    }
  }

  private int grain(Sizes s, int parts) {
    long scores = Math.max(1, (long) s.nq * s.nk / parts);
    return (int) Math.max(1, TASK_SCORES / scores);
  }

  private Sizes sizes(Tensor q, Tensor k, int heads) {
    int d = q.dim(2) / heads;
    return new Sizes(q.dim(0), heads, q.dim(1), k.dim(1), d, roundUp(k.dim(1)), roundUp(d));
  }

  private int roundUp(int n) {
    int lanes = tileLoops.lanes();
    return (n + lanes - 1) / lanes * lanes;
  }

  private Summands summands(Sizes s, Mask mask) {
    Tensor bias = mask.bias();
    return new Summands(
        penalties(mask.blocked()),
        penalties(mask.keyPadding()),
        bias == null ? null : bias.floats(),
        bias == null ? 0 : bias.offset(),
        bias == null ? 1 : bias.dim(0));
  }

  private float[] penalties(Tensor hidden) {
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

  /** Queries {@code from} to {@code to} of one head of one batch entry. */
  private void forward(
      Sizes s,
      Tensor q,
      Tensor k,
      Tensor v,
      float scale,
      Summands summands,
      Tensor out,
      Tensor logSumExp,
      int b,
      int h,
      int from,
      int to) {
    Workspace work = Workspace.mine();
    float[] keys = work.floats(0, s.d * s.keyLanes);
    float[] values = work.floats(1, s.nk * s.dLanes);
    float[] scores = work.floats(2, BLOCK * s.keyLanes);
    float[] sums = work.floats(3, BLOCK * s.dLanes);
    float[] inverses = work.floats(4, BLOCK);
    packTransposed(k.floats(), k.offset() + s.key(b, h), s, scale, keys);
    packRows(v.floats(), v.offset() + s.key(b, h), s.channels(), s.nk, s.d, s.dLanes, values);
    Product score = scores(s, work, q, b, h, keys, scores);
    Product sum = overKeys(s, work, scores, values, sums);
    for (int first = from; first < to; first += BLOCK) {
      int rows = Math.min(BLOCK, to - first);
      score.aOffset = q.offset() + s.query(b, h) + first * s.channels();
      score.run(rows, s.keyLanes);
      addSummands(s, summands, b, h, first, rows, scores);
      for (int i = 0; i < rows; i++) {
        int row = i * s.keyLanes;
        float max = rowLoops.max(scores, row, s.nk);
        float total = rowLoops.expSum(scores, row, max, scores, row, s.nk);
        if (logSumExp != null) {
          logSumExp.floats()[logSumExp.offset() + (b * s.heads + h) * s.nq + first + i] =
              (float) (max + Math.log(total));
        }
        inverses[i] = 1 / total;
      }
      sum.run(rows, s.dLanes);
      for (int i = 0; i < rows; i++) {
        int to0 = out.offset() + s.query(b, h) + (first + i) * s.channels();
        rowLoops.scale(sums, i * s.dLanes, inverses[i], out.floats(), to0, s.d);
      }
    }
  }

  void backward(
      Tensor gradOut,
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias) {
    Sizes s = sizes(q, k, heads);
    Gradients gradients = new Gradients(gradOut, out, logSumExp, gradQ, gradK, gradV, gradBias);
    try (Scope _ = Scope.open()) {
      Summands summands = summands(s, mask);
      // Batch entries that share a bias follow each other in one task, which adds up its gradient.
      int sharing = gradBias == null ? 1 : s.batch / summands.groups;
      int owners = s.batch / sharing;
      pool.run(
          owners * heads,
          grain(s, 1),
          (begin, end) -> {
            for (int task = begin; task < end; task++) {
              int owner = task / heads;
              int h = task % heads;
              if (gradBias != null) {
                int size = s.nq * s.nk;
                int at = gradBias.offset() + (owner * heads + h) * size;
                Arrays.fill(gradBias.floats(), at, at + size, 0f);
              }
              for (int b = owner; b < s.batch; b += owners) {
                backward(s, q, k, v, scale, summands, gradients, b, h);
              }
            }
          });
    }
  }

  private record Gradients(
      Tensor gradOut,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias) {}

  /**
   * One head of one batch entry: with P the probabilities and dP = dO V^T, the scores' gradient is
   * dS = P (dP - rowsum(dO O)), and dV = P^T dO, dQ = scale dS K, dK = scale dS^T Q.
   */
  private void backward(
      Sizes s,
      Tensor q,
      Tensor k,
      Tensor v,
      float scale,
      Summands summands,
      Gradients g,
      int b,
      int h) {
    Workspace work = Workspace.mine();
    float[] keys = work.floats(0, s.d * s.keyLanes);
    float[] valueColumns = work.floats(1, s.d * s.keyLanes);
    float[] keyRows = work.floats(5, s.nk * s.dLanes);
    float[] probabilities = work.floats(2, BLOCK * s.keyLanes);
    float[] gradScores = work.floats(6, BLOCK * s.keyLanes);
    float[] block = work.floats(3, BLOCK * s.dLanes);
    float[] keyGradients = work.floats(7, s.nk * s.dLanes);
    float[] valueGradients = work.floats(8, s.nk * s.dLanes);
    int channels = s.channels();
    packTransposed(k.floats(), k.offset() + s.key(b, h), s, scale, keys);
    packTransposed(v.floats(), v.offset() + s.key(b, h), s, 1, valueColumns);
    packRows(k.floats(), k.offset() + s.key(b, h), channels, s.nk, s.d, s.dLanes, keyRows);
    Product score = scores(s, work, q, b, h, keys, probabilities);
    Product gradScore = scores(s, work, g.gradOut, b, h, valueColumns, gradScores);
    Product queryGradient = overKeys(s, work, gradScores, keyRows, block);
    Product keyGradient = overQueries(s, work, gradScores, block, keyGradients);
    Product valueGradient = overQueries(s, work, probabilities, block, valueGradients);
    Arrays.fill(keyGradients, 0, s.nk * s.dLanes, 0f);
    Arrays.fill(valueGradients, 0, s.nk * s.dLanes, 0f);
    for (int first = 0; first < s.nq; first += BLOCK) {
      int rows = Math.min(BLOCK, s.nq - first);
      int at = s.query(b, h) + first * channels;
      score.aOffset = q.offset() + at;
      score.run(rows, s.keyLanes);
      addSummands(s, summands, b, h, first, rows, probabilities);
      gradScore.aOffset = g.gradOut.offset() + at;
      gradScore.run(rows, s.keyLanes);
      for (int i = 0; i < rows; i++) {
        int row = i * s.keyLanes;
        float total =
            g.logSumExp.floats()[g.logSumExp.offset() + (b * s.heads + h) * s.nq + first + i];
        rowLoops.expSum(probabilities, row, total, probabilities, row, s.nk);
        float dot =
            rowLoops.dot(
                g.gradOut.floats(),
                g.gradOut.offset() + at + i * channels,
                g.out.floats(),
                g.out.offset() + at + i * channels,
                s.d);
        if (g.gradBias != null) {
          addBiasGradient(
              s, summands, g.gradBias, b, h, first + i, probabilities, gradScores, row, dot);
        }
        rowLoops.softmaxGradient(
            probabilities, row, gradScores, row, dot, scale, gradScores, row, s.nk);
      }
      packRows(g.gradOut.floats(), g.gradOut.offset() + at, channels, rows, s.d, s.dLanes, block);
      valueGradient.inner = rows;
      valueGradient.run(s.nk, s.dLanes);
      packRows(q.floats(), q.offset() + at, channels, rows, s.d, s.dLanes, block);
      keyGradient.inner = rows;
      keyGradient.run(s.nk, s.dLanes);
      queryGradient.run(rows, s.dLanes);
      unpackRows(block, s.dLanes, rows, s.d, g.gradQ.floats(), g.gradQ.offset() + at, channels);
    }
    int at = s.key(b, h);
    unpackRows(
        keyGradients, s.dLanes, s.nk, s.d, g.gradK.floats(), g.gradK.offset() + at, channels);
    unpackRows(
        valueGradients, s.dLanes, s.nk, s.d, g.gradV.floats(), g.gradV.offset() + at, channels);
  }

  private void addBiasGradient(
      Sizes s,
      Summands summands,
      Tensor gradBias,
      int b,
      int h,
      int query,
      float[] probabilities,
      float[] gradScores,
      int row,
      float dot) {
    float[] summand = Workspace.mine().floats(9, s.nk);
    rowLoops.softmaxGradient(probabilities, row, gradScores, row, dot, 1, summand, 0, s.nk);
    int to = gradBias.offset() + ((b % summands.groups * s.heads + h) * s.nq + query) * s.nk;
    rowLoops.add(summand, 0, gradBias.floats(), to, s.nk);
  }

  /** Block of queries (in place) times [D, Nk]: the caller sets aOffset. */
  private Product scores(
      Sizes s, Workspace work, Tensor queries, int b, int h, float[] columns, float[] scores) {
    Product product = new Product(tileLoops);
    product.a = queries.floats();
    product.aRows = work.ints(0, BLOCK);
    Product.steps(product.aRows, BLOCK, s.channels());
    product.inner = s.d;
    product.b = columns;
    product.bStep = s.keyLanes;
    product.bPanelStep = tileLoops.panel();
    product.c = scores;
    product.cRows = work.ints(1, BLOCK);
    Product.steps(product.cRows, BLOCK, s.keyLanes);
    return product;
  }

  /** [Bq, Nk] times [Nk, D]. */
  private Product overKeys(Sizes s, Workspace work, float[] weights, float[] rows, float[] result) {
    Product product = new Product(tileLoops);
    product.a = weights;
    product.aRows = work.ints(1, BLOCK);
    product.inner = s.nk;
    product.b = rows;
    product.bStep = s.dLanes;
    product.bPanelStep = tileLoops.panel();
    product.c = result;
    product.cRows = work.ints(2, BLOCK);
    Product.steps(product.cRows, BLOCK, s.dLanes);
    return product;
  }

  /** [Bq, Nk] transposed times [Bq, D], added to [Nk, D]: the caller sets inner to Bq. */
  private Product overQueries(
      Sizes s, Workspace work, float[] weights, float[] rows, float[] result) {
    Product product = new Product(tileLoops);
    product.a = weights;
    product.aRows = work.ints(3, s.nk);
    Product.steps(product.aRows, s.nk, 1);
    product.innerStep = s.keyLanes;
    product.b = rows;
    product.bStep = s.dLanes;
    product.bPanelStep = tileLoops.panel();
    product.c = result;
    product.cRows = work.ints(4, s.nk);
    Product.steps(product.cRows, s.nk, s.dLanes);
    product.accumulate = true;
    return product;
  }

  private void addSummands(
      Sizes s, Summands summands, int b, int h, int first, int rows, float[] scores) {
    for (int i = 0; i < rows; i++) {
      int row = i * s.keyLanes;
      if (summands.blocked != null) {
        rowLoops.add(summands.blocked, (first + i) * s.nk, scores, row, s.nk);
      }
      if (summands.padding != null) {
        rowLoops.add(summands.padding, b * s.nk, scores, row, s.nk);
      }
      if (summands.bias != null) {
        int at = ((b % summands.groups * s.heads + h) * s.nq + first + i) * s.nk;
        rowLoops.add(summands.bias, summands.biasOffset + at, scores, row, s.nk);
      }
    }
  }

  /** [Nk, D] of one head to [D, keyLanes], scaled, with zeros behind the last key. */
  private static void packTransposed(float[] x, int xo, Sizes s, float scale, float[] packed) {
    int channels = s.channels();
    for (int d = 0; d < s.d; d++) {
      int to = d * s.keyLanes;
      for (int key = 0; key < s.nk; key++) {
        packed[to + key] = scale * x[xo + key * channels + d];
      }
      for (int key = s.nk; key < s.keyLanes; key++) {
        packed[to + key] = 0f;
      }
    }
  }

  /** Rows {@code step} apart to neighbouring rows of {@code lanes}, filled with zeros. */
  private static void packRows(
      float[] x, int xo, int step, int rows, int n, int lanes, float[] packed) {
    for (int row = 0; row < rows; row++) {
      int from = xo + row * step;
      int to = row * lanes;
      for (int i = 0; i < n; i++) {
        packed[to + i] = x[from + i];
      }
      for (int i = n; i < lanes; i++) {
        packed[to + i] = 0f;
      }
    }
  }

  private static void unpackRows(
      float[] packed, int lanes, int rows, int n, float[] x, int xo, int step) {
    for (int row = 0; row < rows; row++) {
      int to = xo + row * step;
      int from = row * lanes;
      for (int i = 0; i < n; i++) {
        x[to + i] = packed[from + i];
      }
    }
  }
}
