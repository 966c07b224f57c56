package org.stabledino.tensor.cpu;

import org.stabledino.tensor.Tensor;

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

  /** Weights of a task. */
  private static final int TASK = 1 << 13;

  /**
   * The right factor of a direct correlation: panels of [taps * channels, panel], the columns
   * behind the last output filled with zeros. The current scope owns it.
   */
  float[] panels(int panel, Parallel pool) {
    int panels = (outputs + panel - 1) / panel;
    int size = taps.length * channels * panel;
    float[] packed = Tensor.empty(panels, size).floats();
    pool.run(
        panels * channels,
        Math.max(1, TASK / (taps.length * panel)),
        (from, to) -> {
          for (int i = from; i < to; i++) {
            int channel = i % channels;
            int row = i / channels * size + channel * panel;
            rows(channel, i / channels * panel, panel, packed, row, channels * panel);
          }
        });
    return packed;
  }

  /**
   * One channel's weights for {@code panel} outputs from {@code first}, a row for each tap and
   * {@code rowStep} from one to the next; zeros behind the last output.
   */
  void rows(int channel, int first, int panel, float[] to, int toAt, int rowStep) {
    int count = Math.min(panel, outputs - first);
    for (int tap = 0; tap < taps.length; tap++) {
      int source = at + first * outputStep + channel * channelStep + taps[tap];
      int row = toAt + tap * rowStep;
      for (int j = 0; j < count; j++) {
        to[row + j] = weights[source + j * outputStep];
      }
      for (int j = count; j < panel; j++) {
        to[row + j] = 0f;
      }
    }
  }
}
