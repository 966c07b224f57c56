package org.stabledino.tensor.cpu;

import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Dense multi-head attention without ever storing all scores.
 *
 * <p>A task owns queries of one head of one batch entry and walks blocks of them: the block's
 * scores [Bq, Nk] stay in the L2 cache between the two products. A query whose keys are all hidden
 * has no probabilities: its row is NaN, as in PyTorch. {@link DenseAttentionGradient} goes back.
 */
final class DenseAttention {
  private static final int BLOCK = AttentionScores.BLOCK;

  /** Queries of a task. */
  private static final int TASK_QUERIES = 240;

  private final RowLoops rowLoops;
  private final TileLoops tileLoops;
  private final Parallel pool;

  DenseAttention(RowLoops rowLoops, TileLoops tileLoops, Parallel pool) {
    this.rowLoops = rowLoops;
    this.tileLoops = tileLoops;
    this.pool = pool;
  }

  void forward(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp) {
    try (Scope _ = Scope.open()) {
      AttentionScores s = AttentionScores.of(q, k, heads, scale, mask, rowLoops, tileLoops, pool);
      int parts = Math.max(1, (s.nq() + TASK_QUERIES - 1) / TASK_QUERIES);
      pool.run(
          s.batch() * heads * parts,
          s.grain(parts),
          (begin, end) -> {
            for (int task = begin; task < end; task++) {
              int pair = task / parts;
              int from = task % parts * TASK_QUERIES;
              int to = Math.min(s.nq(), from + TASK_QUERIES);
              head(s, q, k, v, out, logSumExp, pair / heads, pair % heads, from, to);
            }
          });
    }
  }

  /** Queries {@code from} to {@code to} of one head of one batch entry. */
  private void head(
      AttentionScores s,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor out,
      Tensor logSumExp,
      int b,
      int h,
      int from,
      int to) {
    int keyLanes = s.keyLanes();
    int dLanes = s.dLanes();
    Workspace work = Workspace.mine();
    float[] keys = work.floats(Slot.KEYS, s.d() * keyLanes);
    float[] values = work.floats(Slot.VALUES, s.nk() * dLanes);
    float[] scores = work.floats(Slot.SCORES, BLOCK * keyLanes);
    float[] sums = work.floats(Slot.QUERY_BLOCK, BLOCK * dLanes);
    float[] inverses = work.floats(Slot.INVERSES, BLOCK);
    s.packColumns(k.floats(), k.offset() + s.key(b, h), s.nk(), s.scale(), keys, keyLanes);
    s.packRows(v.floats(), v.offset() + s.key(b, h), values);
    Product score = s.product(work, q, keys, scores);
    Product sum = s.overKeys(work, scores, values, sums);
    for (int first = from; first < to; first += BLOCK) {
      int rows = Math.min(BLOCK, to - first);
      score.aOffset = q.offset() + s.query(b, h) + first * s.channels();
      score.run(rows, keyLanes);
      s.complete(b, h, first, rows, scores);
      for (int i = 0; i < rows; i++) {
        int row = i * keyLanes;
        float max = rowLoops.max(scores, row, keyLanes);
        float total = rowLoops.expSum(scores, row, max, scores, row, keyLanes);
        if (logSumExp != null) {
          logSumExp.floats()[logSumExp.offset() + (b * s.heads() + h) * s.nq() + first + i] =
              (float) (max + Math.log(total));
        }
        inverses[i] = 1 / total;
      }
      sum.run(rows, dLanes);
      for (int i = 0; i < rows; i++) {
        int at = out.offset() + s.query(b, h) + (first + i) * s.channels();
        rowLoops.scale(sums, i * dLanes, inverses[i], out.floats(), at, s.d());
      }
    }
  }
}
