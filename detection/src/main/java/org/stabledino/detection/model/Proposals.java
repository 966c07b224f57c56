package org.stabledino.detection.model;

import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * The box each token proposes before anything is learned: its centre in the image, with a size of
 * {@code 0.05 * 2^level}.
 *
 * <p>A token is invalid if it is padding, or if one of the four numbers is not in (0.01, 0.99). Its
 * logits are plus infinity then, which the sigmoid makes 1.
 *
 * @param logits of (cx, cy, w, h), shape [B, S, 4]
 * @param invalid bool, shape [B, S]
 */
record Proposals(Tensor logits, Tensor invalid) {
  /** Keeps {@link #logit} finite at 0 and 1: the reference's value everywhere in the model. */
  static final float LOGIT_EPSILON = 1e-3f;

  private static final float LOWEST = 0.01f;
  private static final float HIGHEST = 0.99f;
  private static final float BASE_SIZE = 0.05f;

  /** The inverse sigmoid with both logarithms' arguments at least 1e-3. */
  static float logit(float probability) {
    float p = Math.clamp(probability, 0f, 1f);
    return (float) Math.log(Math.max(p, LOGIT_EPSILON) / Math.max(1f - p, LOGIT_EPSILON));
  }

  static Proposals of(TokenLayout layout) {
    Levels levels = layout.levels();
    int tokens = levels.tokens();
    Tensor logits = Tensor.empty(layout.batch(), tokens, 4);
    Tensor invalid = Tensor.empty(DType.BOOL, Shape.of(layout.batch(), tokens));
    float[] box = new float[4];
    for (int image = 0; image < layout.batch(); image++) {
      for (int level = 0; level < levels.count(); level++) {
        int cols = levels.widths()[level];
        Tensor mask = layout.masks().get(level);
        int size = levels.heights()[level] * cols;
        for (int token = 0; token < size; token++) {
          box[0] = (token % cols + 0.5f) / layout.validWidth(image, level);
          box[1] = (token / cols + 0.5f) / layout.validHeight(image, level);
          box[2] = BASE_SIZE * (1 << level);
          box[3] = box[2];
          boolean padding = mask.bytes()[mask.offset() + image * size + token] != 0;
          int row = image * tokens + levels.start(level) + token;
          boolean bad = padding || !inside(box);
          invalid.bytes()[invalid.offset() + row] = (byte) (bad ? 1 : 0);
          for (int c = 0; c < 4; c++) {
            logits.floats()[logits.offset() + 4 * row + c] =
                bad ? Float.POSITIVE_INFINITY : (float) Math.log(box[c] / (1 - box[c]));
          }
        }
      }
    }
    return new Proposals(logits, invalid);
  }

  /** The same on another device. */
  Proposals to(Device device) {
    return new Proposals(logits.to(device), invalid.to(device));
  }

  private static boolean inside(float[] box) {
    for (float value : box) {
      if (!(value > LOWEST && value < HIGHEST)) {
        return false;
      }
    }
    return true;
  }
}
