package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * The weights of a correlation, in whatever order they lie: the official layout [Cout, Cin, kh, kw]
 * read forwards, or for a gradient by the input backwards and with the channels' roles exchanged.
 *
 * @param weights the array of the weights
 * @param at the first
 * @param taps where each tap lies after that
 * @param channelStep from one input to the next
 * @param channels inputs
 * @param outputStep from one output to the next
 * @param outputs how many there are
 */
record Filter(
    float[] weights,
    int at,
    int[] taps,
    int channelStep,
    int channels,
    int outputStep,
    int outputs) {

  /**
   * Weights of a block for one output: as many as make the stretches that are written from it some
   * KiB long; shorter ones are slow.
   */
  private static final int BLOCK = 64 * 9;

  /**
   * The right factor of a direct correlation: panels of [lines of taps, line, panel], where a line
   * is {@code lineTaps * channels} weights and {@code gap} zeros; zeros, too, behind the last
   * output. The current scope owns it.
   */
  float[] panels(TileLoops loops, Parallel pool, int lineTaps, int gap) {
    int panel = loops.panel();
    int panels = (outputs + panel - 1) / panel;
    int line = lineTaps * channels + gap;
    int size = taps.length / lineTaps * line * panel;
    float[] packed =
        gap == 0 ? Tensor.empty(panels, size).floats() : Tensor.zeros(panels, size).floats();
    forBlocks(
        loops,
        pool,
        0,
        panels,
        (first, count, i, block) -> {
          for (int tap = 0; tap < taps.length; tap++) {
            int row = tap / lineTaps * line + tap % lineTaps * channels + first;
            int from = tap * panel;
            int step = taps.length * panel;
            loops.packPanels(block, from, step, count, panel, packed, i * size + row * panel, size);
          }
        });
    return packed;
  }

  /** What is done with the weights of some channels for a panel of outputs. */
  interface BlockTask {
    /**
     * Takes one block.
     *
     * @param first the first channel
     * @param count how many channels there are, at most {@link #blockChannels}
     * @param panel which panel, counted from the first one asked for
     * @param block the weights [count, taps, panel], zeros behind the last output
     */
    void run(int first, int count, int panel, float[] block);
  }

  /** Channels of a block. */
  int blockChannels() {
    return Math.max(1, Math.min(BLOCK / taps.length, channels));
  }

  /** Runs a task for each block of weights of {@code panels} panels from an output on. */
  void forBlocks(TileLoops loops, Parallel pool, int output, int panels, BlockTask task) {
    int panel = loops.panel();
    int most = blockChannels();
    int blocks = (channels + most - 1) / most;
    pool.run(
        panels * blocks,
        1,
        (from, to) -> {
          float[] block = Workspace.mine().floats(Slot.FILTER, most * taps.length * panel);
          for (int i = from; i < to; i++) {
            int first = i % blocks * most;
            int count = Math.min(most, channels - first);
            load(loops, first, count, output + i / blocks * panel, block);
            task.run(first, count, i / blocks, block);
          }
        });
  }

  /** Brings weights of some channels into the order [channel, tap, output of a panel]. */
  private void load(TileLoops loops, int first, int count, int output, float[] block) {
    int panel = loops.panel();
    int used = Math.min(panel, outputs - output);
    int from = at + output * outputStep + first * channelStep;
    int rows = count * taps.length;
    if (used < panel) {
      Arrays.fill(block, 0, rows * panel, 0f);
    }
    if (channelStep == taps.length && isForward()) {
      loops.transpose(weights, from, outputStep, used, rows, block, 0, panel);
      return;
    }
    for (int row = 0; row < rows; row++) {
      int source = from + row / taps.length * channelStep + taps[row % taps.length];
      for (int j = 0; j < used; j++) {
        block[row * panel + j] = weights[source + j * outputStep];
      }
    }
  }

  /** Whether the taps of a channel lie side by side, in order. */
  private boolean isForward() {
    for (int tap = 0; tap < taps.length; tap++) {
      if (taps[tap] != tap) {
        return false;
      }
    }
    return true;
  }
}
