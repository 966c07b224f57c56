package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Tensor;

/**
 * The weights of a convolution as the right factor of its product: panels of [taps * channels,
 * panel], the columns behind the last output filled with zeros. The current scope owns them.
 */
final class WeightPanels {
  /** Weights of a task. */
  private static final int TASK = 1 << 13;

  private WeightPanels() {}

  /**
   * Packs weights that lie in any order.
   *
   * @param weights the array of the weights
   * @param at the first
   * @param taps where each tap lies after that
   * @param channelStep from one input to the next
   * @param channels inputs
   * @param outputStep from one output to the next
   * @param outputs how many columns the factor has
   */
  static float[] pack(
      TileLoops loops,
      Parallel pool,
      float[] weights,
      int at,
      int[] taps,
      int channelStep,
      int channels,
      int outputStep,
      int outputs) {
    int panel = loops.panel();
    int panels = (outputs + panel - 1) / panel;
    int size = taps.length * channels * panel;
    float[] packed = Tensor.empty(panels, size).floats();
    pool.run(
        panels * channels,
        Math.max(1, TASK / (taps.length * panel)),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int first = i / channels * panel;
            int channel = i % channels;
            int count = Math.min(panel, outputs - first);
            for (int tap = 0; tap < taps.length; tap++) {
              int source = at + first * outputStep + channel * channelStep + taps[tap];
              int row = i / channels * size + (tap * channels + channel) * panel;
              for (int j = 0; j < count; j++) {
                packed[row + j] = weights[source + j * outputStep];
              }
              for (int j = count; j < panel; j++) {
                packed[row + j] = 0f;
              }
            }
          }
        });
    return packed;
  }
}
