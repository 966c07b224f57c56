package org.stabledino.detection.model;

import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Scope;
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

  private Tensor periods;

  /**
   * A code.
   *
   * @param channels F, of each coordinate; even
   */
  public QueryPosition(int channels) {
    this.periods = Tensor.of(PositionEmbeddingSine.periods(channels), channels);
  }

  /**
   * Encodes references.
   *
   * @param references (x, y, w, h) or (x, y), shape [B, N, R]
   * @param ratios what the coordinates of an image are multiplied by first, shape [B, 1, R]
   * @return shape [B, N, R*F], on the device of the references
   */
  public Tensor forward(Tensor references, Tensor ratios) {
    Backend backend = references.backend();
    int coordinates = references.dim(2);
    Tensor angles = backend.empty(DType.FLOAT32, references.shape());
    backend.elementwise().binary(Binary.MULTIPLY, references, ratios, angles);
    backend.elementwise().affine(angles, (float) (2 * Math.PI), 0f, angles);
    Tensor placed = backend.empty(DType.FLOAT32, references.shape());
    for (int c = 0; c < coordinates; c++) {
      backend.indexing().copyBlock(angles, 2, c, 1, placed, PLACE[c]);
    }
    Tensor code =
        backend.empty(DType.FLOAT32, references.shape().with(2, coordinates * periods.size()));
    backend.elementwise().sineCode(placed, periods, code);
    return code;
  }

  /** Moves what it computes with to the device of the references. */
  void to(Device device) {
    periods = Scope.outsideAll(() -> periods.to(device));
  }
}
