package org.stabledino.nn.weights;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.TensorSource;

/** Whose names the tensors of a file bear. */
public enum WeightKind {
  /** A whole detector under the official names, which are ours. */
  DETECTOR("a detector") {
    @Override
    Optional<String> rename(String name, Set<String> all) {
      return Optional.of(name);
    }
  },

  /**
   * A ResNet as Detectron2 keeps torchvision's: {@code stem.conv1}, {@code res2.0.conv1.norm}. The
   * arrays are torchvision's, so pixels are RGB, normalised as the detector does it.
   */
  DETECTRON2_RESNET("a ResNet with Detectron2's names") {
    @Override
    Optional<String> rename(String name, Set<String> all) {
      return isClassifier(name) || isCounter(name) ? Optional.empty() : Optional.of(name);
    }
  },

  /** A ResNet as torchvision and timm name it: {@code conv1}, {@code layer1.0.downsample.0}. */
  TORCHVISION_RESNET("a ResNet with torchvision's names") {
    @Override
    Optional<String> rename(String name, Set<String> all) {
      Matcher parts = RESNET.matcher(name);
      if (!parts.matches()) {
        return isClassifier(name) || isCounter(name)
            ? Optional.empty()
            : Optional.of(stageOfUnknown(name));
      }
      if (isCounter(name)) {
        return Optional.empty();
      }
      String block =
          parts.group("stage") == null
              ? "stem."
              : "res%d.%s.".formatted(digit(parts.group("stage")) + 1, parts.group("block"));
      String place = parts.group("place");
      String leaf = parts.group("leaf");
      if (place.startsWith("downsample")) {
        return Optional.of(block + "shortcut." + (place.endsWith("1") ? "norm." : "") + leaf);
      }
      char number = place.charAt(place.length() - 1);
      String norm = place.startsWith("bn") ? "norm." : "";
      return Optional.of(block + "conv" + number + "." + norm + leaf);
    }
  },

  /**
   * A Swin transformer as its authors or timm name it. Newer files of timm put the patch merging at
   * the start of a stage instead of the end of the one before.
   */
  SWIN("a Swin transformer") {
    @Override
    Optional<String> rename(String name, Set<String> all) {
      if (name.startsWith("head.")
          || name.startsWith("norm.")
          || name.endsWith(".attn_mask")
          || name.endsWith("relative_position_index")) {
        return Optional.empty();
      }
      Matcher merging = MERGING.matcher(name);
      if (merging.matches() && !all.contains("layers.0.downsample.norm.weight")) {
        return Optional.of(
            "layers.%d.downsample.%s".formatted(digit(merging.group(1)) - 1, merging.group(2)));
      }
      return Optional.of(name);
    }
  };

  private static final Pattern RESNET =
      Pattern.compile(
          "(layer(?<stage>[1-4])\\.(?<block>\\d+)\\.)?(?<place>conv\\d|bn\\d|downsample\\.[01])\\.(?<leaf>\\w+)");

  private static final Pattern MERGING = Pattern.compile("layers\\.([1-3])\\.downsample\\.(.+)");

  private final String title;

  WeightKind(String title) {
    this.title = title;
  }

  /**
   * The name that a model uses, below its backbone unless this is a whole detector.
   *
   * @param name in the file
   * @param all names in the file
   * @return empty for tensors that no detector has, such as a classifier's head
   */
  abstract Optional<String> rename(String name, Set<String> all);

  /** Parts that our networks lack, such as squeeze-and-excitation, still belong to a stage. */
  private static String stageOfUnknown(String name) {
    return name.matches("layer[1-4]\\..*")
        ? "res" + (digit(name.substring("layer".length())) + 1) + name.substring("layer1".length())
        : name;
  }

  private static boolean isClassifier(String name) {
    return name.startsWith("fc.") || name.startsWith("stem.fc.");
  }

  private static boolean isCounter(String name) {
    return name.endsWith("num_batches_tracked");
  }

  private static int digit(String text) {
    return text.charAt(0) - '0';
  }

  /**
   * What it is.
   *
   * @return in words
   */
  public String title() {
    return title;
  }

  /**
   * Recognises a file by its names.
   *
   * @param source the file
   * @param names its names without a common prefix
   * @return the kind
   * @throws CheckpointException if it is none that a detector can use
   */
  static WeightKind of(TensorSource source, Set<String> names) {
    if (names.stream().anyMatch(n -> n.startsWith("transformer.") || n.startsWith("backbone."))) {
      return DETECTOR;
    }
    if (names.contains("stem.conv1.weight")) {
      return DETECTRON2_RESNET;
    }
    if (names.contains("conv1.weight") && names.contains("layer1.0.conv1.weight")) {
      return TORCHVISION_RESNET;
    }
    if (names.contains("patch_embed.proj.weight")) {
      return SWIN;
    }
    if (names.contains("conv1_w")) {
      throw new CheckpointException(
          "%s: Caffe2's ResNet expects BGR pixels that are not divided by a deviation, and strides in other convolutions; use torchvision's weights, as the published detectors do"
              .formatted(source.origin()));
    }
    List<String> first = names.stream().limit(3).toList();
    throw new CheckpointException(
        "%s: names such as %s belong to no model known here; known are detectors of detrex, ResNets of torchvision, timm and Detectron2, Swin transformers of their authors and timm"
            .formatted(source.origin(), String.join(", ", first)));
  }
}
