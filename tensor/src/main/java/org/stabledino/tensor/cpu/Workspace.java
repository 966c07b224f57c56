package org.stabledino.tensor.cpu;

/**
 * Buffers that a thread keeps from task to task, so that kernels called a thousand times a step
 * allocate nothing. They are for its own use, or for all tasks that it starts and waits for.
 *
 * <p>Whoever takes a slot twice within a task gets the same memory twice, so each purpose has a
 * slot of its own.
 */
final class Workspace {
  /** What a buffer is for. */
  enum Slot {
    /** {@link Product}: columns that fill no tile. */
    EDGE,
    /** {@link Product}: packed rows. */
    ROWS,
    /** {@link Product}: where packed rows start. */
    ROW_STARTS,
    /** {@link Gemm}: panels of the right factor. */
    PANELS,
    /** {@link Gemm}: packed rows of a transposed left factor. */
    LEFT,
    /** {@link Gemm} and {@link Winograd}: where the rows of the left factor start. */
    LEFT_ROWS,
    /** {@link Gemm} and {@link Winograd}: where the rows of the result start. */
    RESULT_ROWS,
    /** {@link Resizing}: a line between two. */
    RESIZED_LINE,
    /** {@link MapBlock}: lines of a map with zeros around them. */
    MAP_LINES,
    /** {@link Correlation}: where the windows start. */
    WINDOWS,
    /** {@link Correlation}: where the positions of the result start. */
    POSITIONS,
    /** {@link WeightGradient}: packed rows of the windows. */
    GRADIENT_ROWS,
    /** {@link WeightGradient}: panels of the output's gradient. */
    GRADIENT_PANELS,
    /** {@link WeightGradient}: where the taps' channels start. */
    TAPS,
    /** {@link WeightGradient}: where the rows of a partial sum start. */
    PARTIAL_ROWS,
    /** {@link WeightGradient}: some channels' gradients, output after output. */
    STRETCHES,
    /** {@link Filter}: some channels' taps for a panel of outputs. */
    FILTER,
    /** {@link Winograd}: some channels' transformed weights for a panel of outputs. */
    WEIGHTS,
    /** {@link Winograd}: the transformed inputs of a chunk. */
    INPUTS,
    /** {@link Winograd}: the products of a chunk. */
    PRODUCTS,
    /** {@link Winograd}: a window of which some is outside of the map. */
    WINDOW,
    /** {@link Winograd}: the results of a tile of which some are outside. */
    TILE,
    /** The transforms of {@link Winograd}: one side of a tile transformed. */
    HALF,
    /** Attention: a head's keys, as columns. */
    KEYS,
    /** Attention: a head's keys, as rows. */
    KEY_ROWS,
    /** Attention: a head's values. */
    VALUES,
    /** Attention: scores of a block of queries, then their probabilities. */
    SCORES,
    /** Attention: a block of queries, or what is summed for it. */
    QUERY_BLOCK,
    /** Attention: what the probabilities of each query are divided by. */
    INVERSES,
    /** Attention's gradient: the gradient of a block's scores. */
    SCORE_GRADIENTS,
    /** Attention's gradient: the gradient of a head's keys, as columns. */
    KEY_GRADIENTS,
    /** Attention's gradient: the gradient of a head's values, as columns. */
    VALUE_GRADIENTS,
    /** Attention's gradient: one row of the bias' gradient. */
    BIAS_GRADIENT,
    /** Deformable attention: the values of a head. */
    SAMPLE_VALUES,
    /** Deformable attention: what is summed for a head or a block of queries. */
    SAMPLE_SUMS,
    /** Deformable attention: the gradients of a block of queries. */
    SAMPLE_GRADIENTS,
    /** Deformable attention: the locations of a block of queries. */
    SAMPLE_LOCATIONS,
    /** Deformable attention: the weights of a block of queries. */
    SAMPLE_WEIGHTS,
    /** Attention: where the queries of a block start. */
    QUERY_STARTS,
    /** Attention: where the rows of scores start. */
    SCORE_STARTS,
    /** Attention: where the rows of a block's sums start. */
    SUM_STARTS,
    /** Attention's gradient: where the columns of a block start. */
    CHANNEL_STARTS,
    /** Attention's gradient: where the columns of the keys' gradient start. */
    GRADIENT_STARTS
  }

  private static final int SLOTS = Slot.values().length;
  private static final ThreadLocal<Workspace> MINE = ThreadLocal.withInitial(Workspace::new);

  private final float[][] floats = new float[SLOTS][0];
  private final int[][] ints = new int[SLOTS][0];

  private Workspace() {}

  /** The buffers of this thread. */
  static Workspace mine() {
    return MINE.get();
  }

  /** At least {@code length} floats of undefined content. */
  float[] floats(Slot slot, int length) {
    int i = slot.ordinal();
    if (floats[i].length < length) {
      floats[i] = new float[length + length / 4];
    }
    return floats[i];
  }

  /** At least {@code length} ints of undefined content. */
  int[] ints(Slot slot, int length) {
    int i = slot.ordinal();
    if (ints[i].length < length) {
      ints[i] = new int[length + length / 4];
    }
    return ints[i];
  }

  /** Where packed rows start whose tiles are {@code step} apart; a block begins where all do. */
  int[] packedRows(Slot slot, int count, int block, int step) {
    int[] starts = ints(slot, count);
    for (int i = 0; i < count; i++) {
      int tile = i % block / TileLoops.ROWS;
      starts[i] = tile * step + TileLoops.packedAt(i % block % TileLoops.ROWS, 0);
    }
    return starts;
  }

  /** The multiples of a step, from 0, such as the starts of a matrix's rows. */
  int[] steps(Slot slot, int count, int step) {
    int[] steps = ints(slot, count);
    for (int i = 0; i < count; i++) {
      steps[i] = i * step;
    }
    return steps;
  }
}
