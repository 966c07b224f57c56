package org.stabledino.detection.model;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Where the tokens of all feature levels lie, and which of them are padding.
 *
 * <p>Tokens of a level follow each other row by row, levels follow each other from fine to coarse:
 * {@code S = sum of H_l * W_l}. All of it follows from a few extents and is computed on the CPU;
 * padding, references and ratios are handed out on the device of the maps.
 */
final class TokenLayout {
  private final Levels levels;
  private final Device device;
  private final int batch;
  private final boolean padded;
  private final List<Tensor> masks = new ArrayList<>();
  private final int[][] validHeights;
  private final int[][] validWidths;
  private Tensor levelRatios;
  private Tensor firstRatios;

  /**
   * Lays tokens out.
   *
   * @param levels extents of the feature levels
   * @param sizes of the images
   * @param height of the padded batch, pixels
   * @param width of the padded batch, pixels
   * @param device of the maps
   */
  TokenLayout(Levels levels, ValidSizes sizes, int height, int width, Device device) {
    this.levels = levels;
    this.device = device;
    this.batch = sizes.heights().length;
    this.padded = !sizes.fill(height, width);
    this.validHeights = new int[batch][levels.count()];
    this.validWidths = new int[batch][levels.count()];
    for (int level = 0; level < levels.count(); level++) {
      int rows = levels.heights()[level];
      int cols = levels.widths()[level];
      Tensor mask = Tensor.empty(DType.BOOL, Shape.of(batch, rows, cols));
      for (int image = 0; image < batch; image++) {
        int validRows = validExtent(rows, height, sizes.heights()[image]);
        int validCols = validExtent(cols, width, sizes.widths()[image]);
        validHeights[image][level] = validRows;
        validWidths[image][level] = validCols;
        int at = mask.offset() + image * rows * cols;
        for (int i = 0; i < rows * cols; i++) {
          boolean padding = i / cols >= validRows || i % cols >= validCols;
          mask.bytes()[at + i] = (byte) (padding ? 1 : 0);
        }
      }
      masks.add(mask);
    }
  }

  /** How many of a level's rows show image, by nearest interpolation of the pixels' mask. */
  private static int validExtent(int extent, int pixels, int validPixels) {
    float scale = (float) pixels / extent;
    int valid = 0;
    while (valid < extent && Math.min((int) (valid * scale), pixels - 1) < validPixels) {
      valid++;
    }
    return valid;
  }

  /** B. */
  int batch() {
    return batch;
  }

  /** Extents of the L levels. */
  Levels levels() {
    return levels;
  }

  /** Whether any token may be padding. */
  boolean padded() {
    return padded;
  }

  /** True for padding, one mask a level, bool [B, H_l, W_l], on the CPU. */
  List<Tensor> masks() {
    return masks;
  }

  /** True for padding, bool [B, S]; null if there is none. */
  Tensor padding() {
    if (!padded) {
      return null;
    }
    int tokens = levels.tokens();
    Tensor padding = Tensor.empty(DType.BOOL, Shape.of(batch, tokens));
    for (int level = 0; level < levels.count(); level++) {
      Tensor mask = masks.get(level);
      int size = mask.size() / batch;
      for (int image = 0; image < batch; image++) {
        System.arraycopy(
            mask.bytes(),
            mask.offset() + image * size,
            padding.bytes(),
            padding.offset() + image * tokens + levels.start(level),
            size);
      }
    }
    return padding.to(device);
  }

  int validHeight(int image, int level) {
    return validHeights[image][level];
  }

  int validWidth(int image, int level) {
    return validWidths[image][level];
  }

  /** Which part of a level's width shows image, 0..1. */
  float ratioX(int image, int level) {
    return (float) validWidths[image][level] / levels.widths()[level];
  }

  /** Which part of a level's height shows image, 0..1. */
  float ratioY(int image, int level) {
    return (float) validHeights[image][level] / levels.heights()[level];
  }

  /** (x, y, x, y) ratios of level 0, [B, 1, 4]. */
  Tensor firstRatios() {
    if (firstRatios == null) {
      firstRatios = ratios(1).reshape(batch, 1, 4).to(device);
    }
    return firstRatios;
  }

  /** (x, y, x, y) ratios of the first levels, on the CPU, [B, 1, count, 4]. */
  private Tensor ratios(int count) {
    float[] ratios = new float[batch * count * 4];
    for (int i = 0; i < ratios.length; i++) {
      int image = i / 4 / count;
      int level = i / 4 % count;
      ratios[i] = (i & 1) == 0 ? ratioX(image, level) : ratioY(image, level);
    }
    return Tensor.of(ratios, batch, 1, count, 4);
  }

  /**
   * The encoder's reference points: each token's centre in the image, seen on each level.
   *
   * @return (x, y), [B, S, L, 2]
   */
  Tensor encoderReferences() {
    int count = levels.count();
    Tensor references = Tensor.empty(batch, levels.tokens(), count, 2);
    float[] out = references.floats();
    int at = references.offset();
    for (int image = 0; image < batch; image++) {
      for (int level = 0; level < count; level++) {
        int cols = levels.widths()[level];
        for (int token = 0; token < levels.heights()[level] * cols; token++) {
          float x = (token % cols + 0.5f) / (ratioX(image, level) * cols);
          float y = (token / cols + 0.5f) / (ratioY(image, level) * levels.heights()[level]);
          for (int other = 0; other < count; other++) {
            out[at++] = x * ratioX(image, other);
            out[at++] = y * ratioY(image, other);
          }
        }
      }
    }
    return references.to(device);
  }

  /**
   * The decoder's references seen on each level: boxes scaled by the part that shows image.
   *
   * @param boxes (cx, cy, w, h), [B, N, 4]
   * @return [B, N, L, 4]
   */
  Tensor decoderReferences(Tensor boxes) {
    if (levelRatios == null) {
      levelRatios = ratios(levels.count()).to(device);
    }
    int queries = boxes.dim(1);
    Tensor references =
        boxes.backend().empty(boxes.dtype(), Shape.of(batch, queries, levels.count(), 4));
    Tensor perLevel = boxes.reshape(batch, queries, 1, 4);
    boxes.backend().elementwise().binary(Binary.MULTIPLY, perLevel, levelRatios, references);
    return references;
  }
}
