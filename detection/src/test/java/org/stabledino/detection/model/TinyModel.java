package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.LossConfig.ClassLoss;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.nn.MapNorm;
import org.stabledino.nn.backbone.ResNetConfig;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Tensor;

/** The narrow models of the recordings {@code model_tiny/}, and their images. */
final class TinyModel {
  private static final float[] MEAN = {123.675f, 116.28f, 103.53f};
  private static final float[] STD = {58.395f, 57.12f, 57.375f};

  private TinyModel() {}

  /** The configuration a recording describes, in released mode. */
  static StableDinoConfig config(Json recorded) {
    String variant = recorded.get("variant").text();
    boolean baseline = variant.equals("baseline");
    TransformerConfig transformer =
        new TransformerConfig(
            recorded.get("embed_dim").integer(),
            recorded.get("heads").integer(),
            1,
            32,
            recorded.get("points").integer(),
            recorded.get("enc").integer(),
            recorded.get("dec").integer(),
            recorded.get("ffn").integer(),
            recorded.get("queries").integer(),
            switch (variant) {
              case "stable" -> Fusion.DENSE;
              case "simple_fusion" -> Fusion.SIMPLE;
              default -> Fusion.NONE;
            });
    List<Integer> blocks = recorded.get("blocks").list().stream().map(Json::integer).toList();
    ResNetConfig backbone =
        new ResNetConfig(
            true,
            blocks,
            recorded.get("stem").integer(),
            recorded.get("res2_out").integer(),
            new MapNorm.FrozenBatch(),
            1,
            3);
    StableDinoConfig base =
        baseline ? StableDinoConfig.dinoR50(7) : StableDinoConfig.stableDinoR50(7);
    StableDinoConfig released = base.with(Compat.RELEASED);
    double step = recorded.get("neg").text().equals("add:1") ? 1 : 0;
    assertThat(released.loss().denoisingClassLoss())
        .isEqualTo(baseline ? ClassLoss.FOCAL : ClassLoss.POSITION_SUPERVISED);
    return new StableDinoConfig(
        recorded.get("classes").integer(),
        new BackboneConfig.Residual(backbone),
        transformer,
        DenoisingConfig.CONTRASTIVE
            .withQueries(recorded.get("dn_number").integer())
            .withNegativeStep(step),
        released.matching(),
        released.loss(),
        false,
        new PostProcessor(recorded.get("select").integer(), 1, 0));
  }

  /** The model of a recording with its parameters. */
  static StableDino load(String name, StableDinoConfig config) {
    StableDino model = new StableDino(config);
    try (Fixture state = Fixtures.open("model_tiny/" + name + "/state_dict")) {
      assertThat(StateDicts.load(model, state.file(), Strictness.STRICT).complete()).isTrue();
    }
    return model;
  }

  /** Recorded images, normalised, padded and channels-last, with their sizes. */
  record Batch(Tensor images, ValidSizes sizes) {

    static Batch of(Fixture fixture, int... which) {
      return of(Arrays.stream(which).mapToObj(i -> fixture.tensor("image" + i)).toList());
    }

    /** Images of bytes, each [3, H, W]. */
    static Batch of(List<Tensor> pictures) {
      int[] heights = pictures.stream().mapToInt(picture -> picture.dim(1)).toArray();
      int[] widths = pictures.stream().mapToInt(picture -> picture.dim(2)).toArray();
      int height = Arrays.stream(heights).max().orElseThrow();
      int width = Arrays.stream(widths).max().orElseThrow();
      Tensor images = Tensor.zeros(pictures.size(), height, width, 3);
      for (int i = 0; i < pictures.size(); i++) {
        byte[] pixels = pictures.get(i).bytes();
        for (int c = 0; c < 3; c++) {
          for (int y = 0; y < heights[i]; y++) {
            for (int x = 0; x < widths[i]; x++) {
              int value = pixels[(c * heights[i] + y) * widths[i] + x] & 0xff;
              images.floats()[((i * height + y) * width + x) * 3 + c] = (value - MEAN[c]) / STD[c];
            }
          }
        }
      }
      return new Batch(images, new ValidSizes(heights, widths));
    }
  }

  /** Targets of the training recordings. */
  static List<Targets> targets(Fixture fixture, int batch) {
    List<Targets> targets = new ArrayList<>();
    for (int image = 0; image < batch; image++) {
      targets.add(
          new Targets(
              fixture.indices("gt" + image + ".labels").ints(),
              fixture.tensor("step0.target" + image + ".boxes_cxcywh").toFloats()));
    }
    return targets;
  }
}
