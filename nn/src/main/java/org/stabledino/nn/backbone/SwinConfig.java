package org.stabledino.nn.backbone;

import java.util.List;

/**
 * The shape of a Swin transformer.
 *
 * @param embed channels of the first stage; each further stage doubles them
 * @param depths blocks in each of the four stages
 * @param heads attention heads in each stage
 * @param window side of the windows, in tokens
 * @param dropPath stochastic depth: the rate of the last block; the first has 0, those between lie
 *     on a line
 * @param firstOutput the first stage whose map is handed out, 0 to 3; the later ones follow
 */
public record SwinConfig(
    int embed,
    List<Integer> depths,
    List<Integer> heads,
    int window,
    float dropPath,
    int firstOutput) {

  /** Checks the numbers. */
  public SwinConfig {
    depths = List.copyOf(depths);
    heads = List.copyOf(heads);
    if (depths.size() != 4 || heads.size() != 4 || firstOutput < 0 || firstOutput > 3) {
      throw new IllegalArgumentException(
          "Swin: needs 4 depths, 4 numbers of heads and the first output in 0..3, not %s, %s, %d"
              .formatted(depths, heads, firstOutput));
    }
  }

  /** The published sizes. */
  public enum Size {
    /** Windows of 7, 96 channels, depths 2-2-6-2. */
    TINY,
    /** Windows of 7, 96 channels, depths 2-2-18-2. */
    SMALL,
    /** Windows of 12, 128 channels, depths 2-2-18-2. */
    BASE,
    /** Windows of 12, 192 channels, depths 2-2-18-2. */
    LARGE
  }

  /**
   * A published network as the detectors use it: stochastic depth 0.2, maps of strides 8 to 32.
   *
   * @param size which
   * @return its configuration
   */
  public static SwinConfig of(Size size) {
    List<Integer> deep = List.of(2, 2, 18, 2);
    return switch (size) {
      case TINY -> new SwinConfig(96, List.of(2, 2, 6, 2), List.of(3, 6, 12, 24), 7, 0.2f, 1);
      case SMALL -> new SwinConfig(96, deep, List.of(3, 6, 12, 24), 7, 0.2f, 1);
      case BASE -> new SwinConfig(128, deep, List.of(4, 8, 16, 32), 12, 0.2f, 1);
      case LARGE -> new SwinConfig(192, deep, List.of(6, 12, 24, 48), 12, 0.2f, 1);
    };
  }

  /**
   * The same with other outputs.
   *
   * @param stage the first stage whose map is handed out, 0 to 3
   * @return the changed configuration
   */
  public SwinConfig withFirstOutput(int stage) {
    return new SwinConfig(embed, depths, heads, window, dropPath, stage);
  }
}
