package org.stabledino.nn.backbone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Formula;
import org.stabledino.nn.testing.Json;
import org.stabledino.nn.testing.Layouts;
import org.stabledino.tensor.Tensor;

/** The official backbones at their real width, with weights and an image by formula. */
@Tag("parity")
class FullSizeBackboneParityTest {

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of(
            "stabledino_r50_4scale",
            new ResNet(ResNetConfig.ofDepth(50)),
            List.of("res3", "res4", "res5")),
        Arguments.of(
            "stabledino_swin_tiny_4scale",
            new Swin(SwinConfig.of(SwinConfig.Size.TINY)),
            List.of("p1", "p2", "p3")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void sampledFeatures(String model, Backbone backbone, List<String> names) {
    try (Fixture fixture = Fixtures.open("model_r50/" + model)) {
      Json image = fixture.json().get("image");
      int[] extent = image.get("size_hw").integers();
      Tensor pixels = Formula.image(image.get("tag").text(), extent[0], extent[1]);
      assertThat(Formula.crc(pixels)).isEqualTo(image.get("crc32_of_CHW_bytes").longInteger());
      Formula.fill(backbone.module(), "backbone.");
      backbone.module().train(false);
      try (GradMode _ = GradMode.noGrad()) {
        List<Variable> maps = backbone.forward(Variable.constant(normalised(pixels)));
        for (int i = 0; i < names.size(); i++) {
          String name = "backbone." + names.get(i);
          float[] map = Layouts.toNchw(maps.get(i).data()).toFloats();
          long[] at = fixture.tensor("sample_index." + name).longs();
          float[] samples = new float[at.length];
          for (int s = 0; s < at.length; s++) {
            samples[s] = map[Math.toIntExact(at[s])];
          }
          Close.check(name, fixture.tensor("sample." + name), Tensor.of(samples), 2e-5, 1e-5);
        }
      }
    }
  }

  private static Tensor normalised(Tensor pixels) {
    float[] mean = {123.675f, 116.28f, 103.53f};
    float[] std = {58.395f, 57.12f, 57.375f};
    int plane = pixels.dim(1) * pixels.dim(2);
    float[] values = new float[3 * plane];
    for (int i = 0; i < values.length; i++) {
      values[i] = ((pixels.bytes()[i] & 0xff) - mean[i / plane]) / std[i / plane];
    }
    return Layouts.toNhwc(Tensor.of(values, 1, 3, pixels.dim(1), pixels.dim(2)));
  }
}
