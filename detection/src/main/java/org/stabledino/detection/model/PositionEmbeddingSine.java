package org.stabledino.detection.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stabledino.tensor.Tensor;

/**
 * The sine code of token positions (Vaswani et al. 2017, in the two-dimensional form of DETR).
 *
 * <pre>
 *   y = (row + 1 - 0.5) / (valid rows + 1e-6) * 2 pi          x likewise
 *   code[2i] = sin(y / 10000^(2i/F)),  code[2i+1] = cos(the same)     F channels of y, then F of x
 * </pre>
 *
 * Rows are counted down the valid tokens of each column. In a column of padding the count stays 0
 * and the division by 1e-6 gives arguments of some millions; sine and cosine of the float32
 * argument are exact there too.
 */
public final class PositionEmbeddingSine {
  private static final float EPSILON = 1e-6f;
  private static final float SCALE = (float) (2 * Math.PI);
  private static final float OFFSET = -0.5f;

  private final int channels;
  private final float[] periods;

  /**
   * A code.
   *
   * @param channels F, of each axis; even
   */
  public PositionEmbeddingSine(int channels) {
    this.channels = channels;
    this.periods = periods(channels);
  }

  /**
   * The period of each channel over 2 pi: {@code 10000^(2 floor(i/2)/F)}.
   *
   * @param channels F
   * @return shape [F]
   */
  static float[] periods(int channels) {
    float[] periods = new float[channels];
    for (int i = 0; i < channels; i++) {
      float exponent = (float) (2 * (i / 2)) / channels;
      periods[i] = (float) Math.pow(10000, exponent);
    }
    return periods;
  }

  /**
   * The code of one level.
   *
   * @param mask true for padding, bool, shape [B, H, W]
   * @return shape [B, H*W, 2F]
   */
  public Tensor forward(Tensor mask) {
    int batch = mask.dim(0);
    int height = mask.dim(1);
    int width = mask.dim(2);
    Tensor out = Tensor.empty(batch, height * width, 2 * channels);
    for (int image = 0; image < batch; image++) {
      int maskAt = mask.offset() + image * height * width;
      int outAt = out.offset() + image * height * width * 2 * channels;
      boolean[] valid = valid(mask.bytes(), maskAt, height * width);
      encodeAxis(counts(valid, height, width, true), out.floats(), outAt);
      encodeAxis(counts(valid, height, width, false), out.floats(), outAt + channels);
    }
    return out;
  }

  private static boolean[] valid(byte[] mask, int at, int size) {
    boolean[] valid = new boolean[size];
    for (int i = 0; i < size; i++) {
      valid[i] = mask[at + i] == 0;
    }
    return valid;
  }

  /** The normalised position of every token along one axis, shape [H*W]. */
  private static float[] counts(boolean[] valid, int height, int width, boolean vertical) {
    float[] position = new float[valid.length];
    int lines = vertical ? width : height;
    int length = vertical ? height : width;
    int step = vertical ? width : 1;
    for (int line = 0; line < lines; line++) {
      int start = vertical ? line : line * width;
      int count = 0;
      for (int i = 0; i < length; i++) {
        count += valid[start + i * step] ? 1 : 0;
        position[start + i * step] = count;
      }
      float total = count + EPSILON;
      for (int i = 0; i < length; i++) {
        int at = start + i * step;
        position[at] = (position[at] + OFFSET) / total * SCALE;
      }
    }
    return position;
  }

  /** Writes F channels of every token; equal positions are computed once. */
  private void encodeAxis(float[] position, float[] out, int outAt) {
    Map<Float, Integer> rows = new LinkedHashMap<>();
    int[] rowOf = new int[position.length];
    for (int token = 0; token < position.length; token++) {
      Integer known = rows.putIfAbsent(position[token], rows.size());
      rowOf[token] = known == null ? rows.size() - 1 : known;
    }
    Tensor distinct = Tensor.empty(rows.size());
    int at = distinct.offset();
    for (float value : rows.keySet()) {
      distinct.floats()[at++] = value;
    }
    Tensor table = Tensor.empty(rows.size(), channels);
    distinct.backend().elementwise().sineCode(distinct, Tensor.of(periods), table);
    for (int token = 0; token < position.length; token++) {
      System.arraycopy(
          table.floats(),
          table.offset() + rowOf[token] * channels,
          out,
          outAt + token * 2 * channels,
          channels);
    }
  }
}
