package org.stabledino.nn.backbone;

import java.util.List;
import org.stabledino.nn.MapNorm;

/**
 * The shape of a ResNet.
 *
 * @param bottleneck bottleneck blocks (50, 101) or basic ones (18, 34)
 * @param blocks how many in each of the four stages
 * @param stemChannels channels of the first convolution
 * @param res2Channels channels of the first stage's result; each further stage doubles them
 * @param norm what follows each convolution
 * @param frozenStages how many of stem, res2, res3 … are not trained: 0 for none, 1 for the stem
 * @param firstOutput the first stage whose map is handed out, 2 to 5; the later ones follow
 */
public record ResNetConfig(
    boolean bottleneck,
    List<Integer> blocks,
    int stemChannels,
    int res2Channels,
    MapNorm.Kind norm,
    int frozenStages,
    int firstOutput) {

  /** Checks the numbers. */
  public ResNetConfig {
    blocks = List.copyOf(blocks);
    if (blocks.size() != 4 || firstOutput < 2 || firstOutput > 5 || frozenStages < 0) {
      throw new IllegalArgumentException(
          "ResNet: needs 4 stages, the first output in 2..5 and no negative frozenStages, not "
              + blocks
              + ", "
              + firstOutput
              + ", "
              + frozenStages);
    }
  }

  /**
   * The published network of a depth: frozen batch norm, frozen stem, maps of res3 to res5.
   *
   * @param depth 18, 34, 50 or 101
   * @return its configuration
   */
  public static ResNetConfig ofDepth(int depth) {
    MapNorm.Kind norm = new MapNorm.FrozenBatch();
    return switch (depth) {
      case 18 -> new ResNetConfig(false, List.of(2, 2, 2, 2), 64, 64, norm, 1, 3);
      case 34 -> new ResNetConfig(false, List.of(3, 4, 6, 3), 64, 64, norm, 1, 3);
      case 50 -> new ResNetConfig(true, List.of(3, 4, 6, 3), 64, 256, norm, 1, 3);
      case 101 -> new ResNetConfig(true, List.of(3, 4, 23, 3), 64, 256, norm, 1, 3);
      default ->
          throw new IllegalArgumentException("ResNet: depth 18, 34, 50 or 101, not " + depth);
    };
  }

  /**
   * A quarter as wide as ResNet-18, with group norm and nothing frozen: learns from scratch in
   * minutes.
   *
   * @return the backbone of the small detector
   */
  public static ResNetConfig small() {
    return new ResNetConfig(false, List.of(2, 2, 2, 2), 16, 16, new MapNorm.Group(8), 0, 3);
  }

  /**
   * The same with other outputs.
   *
   * @param stage the first stage whose map is handed out, 2 to 5
   * @return the changed configuration
   */
  public ResNetConfig withFirstOutput(int stage) {
    return new ResNetConfig(
        bottleneck, blocks, stemChannels, res2Channels, norm, frozenStages, stage);
  }

  /**
   * The same with other stages frozen.
   *
   * @param stages how many of stem, res2, res3 … are not trained
   * @return the changed configuration
   */
  public ResNetConfig withFrozenStages(int stages) {
    return new ResNetConfig(
        bottleneck, blocks, stemChannels, res2Channels, norm, stages, firstOutput);
  }

  /**
   * The same with other widths.
   *
   * @param stem channels of the first convolution
   * @param res2 channels of the first stage's result
   * @return the changed configuration
   */
  public ResNetConfig withWidth(int stem, int res2) {
    return new ResNetConfig(bottleneck, blocks, stem, res2, norm, frozenStages, firstOutput);
  }
}
