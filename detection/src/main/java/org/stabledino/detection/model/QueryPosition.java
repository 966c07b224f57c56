package org.stabledino.detection.model;

import org.stabledino.tensor.Tensor;

/**
 * The sine code of a query's reference box, from which the decoder's query position is learned
 * (DAB-DETR; Liu et al. 2022): {@code F} channels each of y, x, w, h, alternately {@code sin(2 pi v
 * / 10000^(2i/F))} and its cosine.
 *
 * <p>References are constants for the decoder, so no gradient flows through this.
 */
public final class QueryPosition {
  /** The place in the result of x, y, w, h: y comes first. */
  private static final int[] PLACE = {1, 0, 2, 3};

  private final int channels;
  private final float[] periods;

  /**
   * A code.
   *
   * @param channels F, of each coordinate; even
   */
  public QueryPosition(int channels) {
    this.channels = channels;
    this.periods = PositionEmbeddingSine.periods(channels);
  }

  /**
   * Encodes references.
   *
   * @param references (x, y, w, h) or (x, y), shape [B, N, R]
   * @param ratios what x and w, y and h of an image are multiplied by first, shape [B, 2] as (x, y)
   * @return shape [B, N, R*F]
   */
  public Tensor forward(Tensor references, float[] ratios) {
    int batch = references.dim(0);
    int queries = references.dim(1);
    int coordinates = references.dim(2);
    Tensor out = Tensor.empty(batch, queries, coordinates * channels);
    float[] in = references.floats();
    float[] code = out.floats();
    for (int image = 0; image < batch; image++) {
      for (int query = 0; query < queries; query++) {
        int row = image * queries + query;
        for (int c = 0; c < coordinates; c++) {
          float value = in[references.offset() + row * coordinates + c];
          float angle = value * ratios[2 * image + (c & 1)] * (float) (2 * Math.PI);
          encode(angle, code, out.offset() + (row * coordinates + PLACE[c]) * channels);
        }
      }
    }
    return out;
  }

  private void encode(float angle, float[] out, int at) {
    for (int i = 0; i < channels; i += 2) {
      SineCosine.write(angle / periods[i], out, at + i);
    }
  }
}
