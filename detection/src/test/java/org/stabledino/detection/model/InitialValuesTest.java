package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Tensor;

/**
 * The distributions that the published code draws initial values from (specification, Sec. 2), for
 * every kind of parameter of every kind of preset.
 */
class InitialValuesTest {
  /** Too few values say little about a distribution. */
  private static final int ENOUGH = 500;

  private static Map<String, Parameter> initialised(StableDinoConfig config) {
    StableDino model = new StableDino(config);
    model.initialize(Rng.of(60));
    return model.namedParameters();
  }

  @ParameterizedTest
  @EnumSource(Fusion.class)
  void transformerNeckAndHeads(Fusion fusion) {
    StableDinoConfig small = StableDinoConfig.small(12);
    TransformerConfig parts = new TransformerConfig(64, 8, 1, 8, 4, 4, 2, 96, 40, fusion);
    StableDinoConfig config =
        new StableDinoConfig(
            12,
            small.backbone(),
            parts,
            small.denoising(),
            small.matching(),
            small.loss(),
            true,
            small.postProcessor());
    initialised(config)
        .forEach(
            (name, parameter) -> {
              if (!name.startsWith("backbone.")) {
                check(name, parameter.data());
              }
            });
  }

  @Test
  void theHeadsOfAllLayersStartAlike() {
    Map<String, Parameter> values = initialised(StableDinoConfig.small(12));
    List<String> heads =
        values.keySet().stream().filter(name -> name.matches(".*(class|bbox)_embed.*")).toList();
    assertThat(heads).hasSize(3 * (2 + 6));
    for (String name : heads) {
      String first = name.replaceFirst("_embed\\.\\d+", "_embed.0");
      assertThat(
              Arrays.equals(
                  values.get(name).data().toFloats(), values.get(first).data().toFloats()))
          .as(name)
          .isTrue();
    }
  }

  private static void check(String name, Tensor tensor) {
    boolean head = name.contains("class_embed") || name.contains("bbox_embed");
    if (name.contains("norm") || name.contains("fusion") && name.endsWith("1.weight")) {
      constant(name, tensor, name.endsWith("weight") ? 1 : 0);
    } else if (name.contains("class_embed") && name.endsWith("bias")) {
      constant(name, tensor, (float) -Math.log(99));
    } else if (name.contains("bbox_embed") && name.contains("layers.2")) {
      constant(name, tensor, 0);
    } else if (name.contains("attention_weights") || name.endsWith("sampling_offsets.weight")) {
      constant(name, tensor, 0);
    } else if (name.equals("label_enc.weight") || name.endsWith("level_embeds")) {
      normal(name, tensor, 1);
    } else if (name.startsWith("neck.") && name.endsWith("bias")) {
      constant(name, tensor, 0);
    } else if (head && tensor.rank() == 2) {
      uniform(name, tensor, 1 / Math.sqrt(tensor.dim(1)));
    } else if (tensor.rank() > 1 && !name.endsWith("tgt_embed.weight")) {
      double fanIn = tensor.size() / (double) tensor.dim(0);
      double fanOut = tensor.size() / (double) tensor.dim(1);
      uniform(name, tensor, Math.sqrt(6 / (fanIn + fanOut)));
    }
  }

  static Stream<BackboneConfig> backbones() {
    return Stream.of(
        BackboneConfig.RESNET_50,
        new BackboneConfig.ShiftedWindows(
            new SwinConfig(24, List.of(2, 2, 2, 2), List.of(1, 2, 4, 8), 5, 0.2f, 1)));
  }

  @ParameterizedTest
  @MethodSource("backbones")
  void backbone(BackboneConfig backbone) {
    boolean windows = backbone instanceof BackboneConfig.ShiftedWindows;
    initialised(StableDinoConfig.small(3).withBackbone(backbone))
        .forEach(
            (name, parameter) -> {
              Tensor tensor = parameter.data();
              if (!name.startsWith("backbone.")) {
                return;
              }
              if (name.startsWith("backbone.patch_embed.proj")) {
                uniform(name, tensor, 1 / Math.sqrt(4 * 4 * 3));
              } else if (tensor.rank() == 1) {
                constant(name, tensor, name.endsWith("weight") ? 1 : 0);
              } else {
                double fanOut = tensor.size() / (double) tensor.dim(1);
                normal(name, tensor, windows ? 0.02 : Math.sqrt(2 / fanOut));
              }
            });
  }

  private static void constant(String name, Tensor tensor, float value) {
    assertThat(tensor.toFloats()).as(name).containsOnly(value);
  }

  private static void uniform(String name, Tensor tensor, double bound) {
    double most = 0;
    for (float value : tensor.toFloats()) {
      most = Math.max(most, Math.abs(value));
    }
    assertThat(most).as(name).isLessThanOrEqualTo(bound * (1 + 1e-6));
    if (tensor.size() >= ENOUGH) {
      assertThat(most).as(name).isGreaterThan(0.97 * bound);
      assertThat(deviation(tensor)).as(name).isCloseTo(bound / Math.sqrt(3), within(0.1 * bound));
    }
  }

  private static void normal(String name, Tensor tensor, double deviation) {
    if (tensor.size() >= ENOUGH) {
      assertThat(deviation(tensor)).as(name).isCloseTo(deviation, within(0.15 * deviation));
    }
  }

  private static double deviation(Tensor tensor) {
    double squares = 0;
    for (float value : tensor.toFloats()) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / tensor.size());
  }
}
