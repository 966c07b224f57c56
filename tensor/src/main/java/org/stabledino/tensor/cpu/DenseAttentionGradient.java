package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * The gradient of {@link DenseAttention}: a task owns a head and computes its probabilities again,
 * block by block, from the stored log-sum-exp.
 */
final class DenseAttentionGradient {
  private static final int BLOCK = AttentionScores.BLOCK;

  private final RowLoops rowLoops;
  private final TileLoops tileLoops;
  private final Parallel pool;

  DenseAttentionGradient(RowLoops rowLoops, TileLoops tileLoops, Parallel pool) {
    this.rowLoops = rowLoops;
    this.tileLoops = tileLoops;
    this.pool = pool;
  }

  /** What the forward pass stored, and where gradients come from and go to. */
  private record Tensors(
      Tensor gradOut,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias) {}

  void run(
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
    Tensors t = new Tensors(gradOut, q, k, v, out, logSumExp, gradQ, gradK, gradV, gradBias);
    try (Scope _ = Scope.open()) {
      AttentionScores s = AttentionScores.of(q, k, heads, scale, mask, rowLoops, tileLoops, pool);
      // Batch entries that share a bias follow each other in one task, which adds up its gradient.
      int sharing = gradBias == null ? 1 : s.batch() / s.groups();
      int owners = s.batch() / sharing;
      pool.run(
          owners * heads,
          s.grain(1),
          (begin, end) -> {
            for (int task = begin; task < end; task++) {
              int owner = task / heads;
              int h = task % heads;
              if (gradBias != null) {
                int at = gradBias.offset() + s.biasRow(owner, h, 0);
                Arrays.fill(gradBias.floats(), at, at + s.nq() * s.nk(), 0f);
              }
              for (int b = owner; b < s.batch(); b += owners) {
                head(s, t, b, h);
              }
            }
          });
    }
  }

  /**
   * One head of one batch entry: with P the probabilities and dP = dO V^T, the scores' gradient is
   * dS = P (dP - rowsum(dO O)), and dV^T = dO^T P, dQ = scale dS K, dK^T = scale Q^T dS.
   */
  private void head(AttentionScores s, Tensors t, int b, int h) {
    int keyLanes = s.keyLanes();
    int dLanes = s.dLanes();
    int size = s.d() * keyLanes;
    Workspace work = Workspace.mine();
    float[] keys = work.floats(Slot.KEYS, size);
    float[] values = work.floats(Slot.VALUES, size);
    float[] keyRows = work.floats(Slot.KEY_ROWS, s.nk() * dLanes);
    float[] probabilities = work.floats(Slot.SCORES, BLOCK * keyLanes);
    float[] gradScores = work.floats(Slot.SCORE_GRADIENTS, BLOCK * keyLanes);
    float[] block = work.floats(Slot.QUERY_BLOCK, BLOCK * dLanes);
    float[] keyGradients = work.floats(Slot.KEY_GRADIENTS, size);
    float[] valueGradients = work.floats(Slot.VALUE_GRADIENTS, size);
    int key = s.key(b, h);
    s.packColumns(t.k.floats(), t.k.offset() + key, s.nk(), s.scale(), keys, keyLanes);
    s.packColumns(t.v.floats(), t.v.offset() + key, s.nk(), 1, values, keyLanes);
    s.packRows(t.k.floats(), t.k.offset() + key, keyRows);
    Product score = s.product(work, t.q, keys, probabilities);
    Product gradScore = s.product(work, t.gradOut, values, gradScores);
    Product queryGradient = s.overKeys(work, gradScores, keyRows, block);
    Product keyGradient = overQueries(s, work, block, gradScores, keyGradients);
    Product valueGradient = overQueries(s, work, block, probabilities, valueGradients);
    Arrays.fill(keyGradients, 0, size, 0f);
    Arrays.fill(valueGradients, 0, size, 0f);
    for (int first = 0; first < s.nq(); first += BLOCK) {
      int rows = Math.min(BLOCK, s.nq() - first);
      int at = s.query(b, h) + first * s.channels();
      score.aOffset = t.q.offset() + at;
      score.run(rows, keyLanes);
      s.complete(b, h, first, rows, probabilities);
      gradScore.aOffset = t.gradOut.offset() + at;
      gradScore.run(rows, keyLanes);
      softmax(s, t, b, h, first, rows, probabilities, gradScores);
      s.packColumns(t.gradOut.floats(), t.gradOut.offset() + at, rows, 1, block, BLOCK);
      valueGradient.inner = rows;
      valueGradient.run(s.d(), keyLanes);
      s.packColumns(t.q.floats(), t.q.offset() + at, rows, 1, block, BLOCK);
      keyGradient.inner = rows;
      keyGradient.run(s.d(), keyLanes);
      queryGradient.run(rows, dLanes);
      for (int i = 0; i < rows; i++) {
        int to = t.gradQ.offset() + at + i * s.channels();
        System.arraycopy(block, i * dLanes, t.gradQ.floats(), to, s.d());
      }
    }
    s.unpackColumns(keyGradients, keyLanes, s.nk(), t.gradK.floats(), t.gradK.offset() + key);
    s.unpackColumns(valueGradients, keyLanes, s.nk(), t.gradV.floats(), t.gradV.offset() + key);
  }

  /** Turns a block's scores into probabilities, and dP into the scaled dS. */
  private void softmax(
      AttentionScores s,
      Tensors t,
      int b,
      int h,
      int first,
      int rows,
      float[] probabilities,
      float[] gradScores) {
    int keyLanes = s.keyLanes();
    int totals = t.logSumExp.offset() + (b * s.heads() + h) * s.nq() + first;
    for (int i = 0; i < rows; i++) {
      int row = i * keyLanes;
      int at = s.query(b, h) + (first + i) * s.channels();
      float total = t.logSumExp.floats()[totals + i];
      rowLoops.expSum(probabilities, row, total, probabilities, row, keyLanes);
      float dot =
          rowLoops.dot(
              t.gradOut.floats(),
              t.gradOut.offset() + at,
              t.out.floats(),
              t.out.offset() + at,
              s.d());
      if (t.gradBias != null) {
        float[] gradient = Workspace.mine().floats(Slot.BIAS_GRADIENT, s.nk());
        rowLoops.softmaxGradient(probabilities, row, gradScores, row, dot, 1, gradient, 0, s.nk());
        int to = t.gradBias.offset() + s.biasRow(b, h, first + i);
        rowLoops.add(gradient, 0, t.gradBias.floats(), to, s.nk());
      }
      rowLoops.softmaxGradient(
          probabilities, row, gradScores, row, dot, s.scale(), gradScores, row, keyLanes);
    }
  }

  /**
   * [D, Bq] times [Bq, keyLanes], added to [D, keyLanes]: long rows, where [Nk, Bq] times [Bq, D]
   * would have a head's few channels as columns. The caller sets inner to Bq.
   */
  private Product overQueries(
      AttentionScores s, Workspace work, float[] columns, float[] weights, float[] result) {
    Product product = new Product(tileLoops);
    product.a = columns;
    product.aRows = work.steps(Slot.CHANNEL_STARTS, s.d(), BLOCK);
    product.b = weights;
    product.bStep = s.keyLanes();
    product.bPanelStep = tileLoops.panel();
    product.c = result;
    product.cRows = work.steps(Slot.GRADIENT_STARTS, s.d(), s.keyLanes());
    product.accumulate = true;
    return product;
  }
}
