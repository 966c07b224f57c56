package org.stabledino.nn.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.nn.Embedding;
import org.stabledino.nn.Linear;
import org.stabledino.nn.MapNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.backbone.ResNet;
import org.stabledino.nn.backbone.ResNetConfig;
import org.stabledino.nn.backbone.Swin;
import org.stabledino.nn.backbone.SwinConfig;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.TensorFile;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Names of others and what a model takes from them. */
class WeightsTest {

  /** Every name of torchvision's and Detectron2's files against the official mapping. */
  @Tag("parity")
  @Test
  void namesOfResNets() {
    int dropped = 0;
    for (Json entry : Fixtures.json("names/r50_pkl_mapping").get("entries").list()) {
      String expected = entry.get("model").raw() == null ? null : entry.get("model").text();
      String torchvision =
          WeightKind.TORCHVISION_RESNET
              .rename(entry.get("torchvision").text(), Set.of())
              .map(name -> "backbone." + name)
              .orElse(null);
      assertThat(torchvision).as(entry.toString()).isEqualTo(expected);
      String detectron2 =
          WeightKind.DETECTRON2_RESNET
              .rename(entry.get("r50_pkl").text(), Set.of())
              .map(name -> "backbone." + name)
              .orElse(null);
      assertThat(detectron2).as(entry.toString()).isEqualTo(expected);
      dropped += expected == null ? 1 : 0;
    }
    assertThat(dropped).isEqualTo(55);
  }

  @Tag("parity")
  @Test
  void everyNameOfTorchvision() {
    ResNet resnet = new ResNet(ResNetConfig.ofDepth(50));
    Map<String, Shape> ours = new LinkedHashMap<>();
    resnet.stateDict().forEach((name, tensor) -> ours.put(name, tensor.shape()));
    for (Json entry : Fixtures.json("names/torchvision_resnet50").get("entries").list()) {
      WeightKind.TORCHVISION_RESNET
          .rename(entry.get("name").text(), Set.of())
          .ifPresent(
              name ->
                  assertThat(ours.remove(name))
                      .as(name)
                      .isEqualTo(Shape.of(entry.get("shape").integers())));
    }
    assertThat(ours).isEmpty();
  }

  /** The recorded file has everything of a narrow ResNet-50, a classifier and counters. */
  @Tag("parity")
  @ParameterizedTest
  @ValueSource(strings = {"2", "3", "4", "5"})
  void detectron2Backbone(String protocol) {
    ResNetConfig narrow =
        new ResNetConfig(true, List.of(3, 4, 6, 3), 8, 16, new MapNorm.FrozenBatch(), 1, 3);
    Detector model = new Detector(new ResNet(narrow), 3);
    model.initialize(Rng.of(7));
    Tensor classes = model.stateDict().get("class_embed.0.weight").copy();
    LoadReport report =
        Weights.load(
            model, Fixtures.locate("checkpoint/r50_style_p" + protocol + ".pkl"), Policy.FINE_TUNE);
    assertThat(report.kind()).isEqualTo(WeightKind.DETECTRON2_RESNET);
    assertThat(report.missing())
        .containsExactly("class_embed.0.weight", "class_embed.0.bias", "label_enc.weight");
    assertThat(report.unexpected()).containsExactly("backbone.fortran_order");
    assertThat(report.reinitialised()).isEmpty();
    assertThat(report.leftOut())
        .hasSize(321 - 265 - 1)
        .contains("stem.conv1.norm.num_batches_tracked");
    assertThat(report.loaded()).hasSize(265).allMatch(name -> name.startsWith("backbone."));
    Map<String, Tensor> state = model.stateDict();
    try (SafeTensors expected =
        SafeTensors.open(Fixtures.locate("checkpoint/r50_style.expected.safetensors"))) {
      for (String name : report.loaded()) {
        assertThat(state.get(name).floats())
            .as(name)
            .isEqualTo(expected.read(name.substring("backbone.".length())).floats());
      }
    }
    assertThat(state.get("class_embed.0.weight").floats()).isEqualTo(classes.floats());
  }

  @Test
  void torchvisionBackbone() {
    ResNetConfig small =
        new ResNetConfig(false, List.of(2, 2, 2, 2), 8, 8, new MapNorm.FrozenBatch(), 1, 3);
    ResNet source = new ResNet(small);
    source.initialize(Rng.of(1));
    Map<String, Tensor> file = new LinkedHashMap<>();
    source.stateDict().forEach((name, tensor) -> file.put(torchvision(name), tensor));
    file.put("bn1.num_batches_tracked", Tensor.of(new long[] {5}));
    file.put("fc.weight", Tensor.zeros(10, 64));
    ResNet target = new ResNet(small);
    LoadReport report =
        Weights.load(target, TensorSource.of("resnet18.pth", wrapped(file)), Policy.FINE_TUNE);
    assertThat(report.kind()).isEqualTo(WeightKind.TORCHVISION_RESNET);
    assertThat(report.leftOut())
        .containsExactly("module.bn1.num_batches_tracked", "module.fc.weight");
    assertSameState(target, source);
  }

  @Test
  void anotherNetworkIsRefused() {
    ResNet deep =
        new ResNet(
            new ResNetConfig(false, List.of(2, 2, 3, 2), 8, 8, new MapNorm.FrozenBatch(), 1, 3));
    deep.initialize(Rng.of(1));
    ResNetConfig small =
        new ResNetConfig(false, List.of(2, 2, 2, 2), 8, 8, new MapNorm.FrozenBatch(), 1, 3);
    TensorSource deeper = TensorSource.of("deep.pkl", deep.stateDict());
    assertThatThrownBy(() -> Weights.load(new ResNet(small), deeper, Policy.FINE_TUNE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("deep.pkl")
        .hasMessageContaining("10 do not, first res4.2.conv1.weight is unknown to the model");
    Map<String, Tensor> excited = new LinkedHashMap<>();
    new ResNet(small).stateDict().forEach((name, tensor) -> excited.put(torchvision(name), tensor));
    excited.put("layer1.0.se.fc1.weight", Tensor.zeros(8));
    TensorSource file = TensorSource.of("seresnet.pth", excited);
    assertThatThrownBy(() -> Weights.load(new ResNet(small), file, Policy.FINE_TUNE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("res2.0.se.fc1.weight is unknown");
  }

  private static String torchvision(String ours) {
    String name =
        ours.startsWith("stem.")
            ? ours.substring("stem.".length())
            : "layer" + (ours.charAt(3) - '1') + ours.substring(4);
    return name.replaceFirst("conv(\\d)\\.norm", "bn$1")
        .replace("shortcut.norm", "downsample.1")
        .replace("shortcut", "downsample.0");
  }

  /** As files of models that ran on several devices. */
  private static Map<String, Tensor> wrapped(Map<String, Tensor> file) {
    Map<String, Tensor> wrapped = new LinkedHashMap<>();
    file.forEach((name, tensor) -> wrapped.put("module." + name, tensor));
    return wrapped;
  }

  private static void assertSameState(Module actual, Module expected) {
    Map<String, Tensor> state = actual.stateDict();
    expected
        .stateDict()
        .forEach(
            (name, tensor) -> {
              if (tensor.dtype() == DType.FLOAT32) {
                assertThat(state.get(name).floats()).as(name).isEqualTo(tensor.floats());
              }
            });
  }

  private static SwinConfig swin(int window) {
    return new SwinConfig(8, List.of(1, 2, 1, 1), List.of(1, 2, 2, 4), window, 0, 1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void swinBackbone(boolean timm) {
    Swin source = new Swin(swin(3));
    source.initialize(Rng.of(1));
    Map<String, Tensor> file = new LinkedHashMap<>();
    source
        .stateDict()
        .forEach(
            (name, tensor) -> {
              if (!name.startsWith("norm")) {
                file.put(timm ? timm(name) : name, tensor);
              }
            });
    file.put("norm.weight", Tensor.zeros(64));
    file.put("head.weight", Tensor.zeros(10, 64));
    file.put("layers.1.blocks.1.attn_mask", Tensor.zeros(4, 9, 9));
    Swin target = new Swin(swin(3));
    LoadReport report = Weights.load(target, TensorSource.of("swin.pth", file), Policy.FINE_TUNE);
    assertThat(report.kind()).isEqualTo(WeightKind.SWIN);
    assertThat(report.missing())
        .containsExactly(
            "norm1.weight",
            "norm1.bias",
            "norm2.weight",
            "norm2.bias",
            "norm3.weight",
            "norm3.bias");
    assertThat(report.leftOut())
        .contains("norm.weight", "head.weight", "layers.1.blocks.1.attn_mask")
        .hasSize(3 + 5);
    assertThat(report.resized()).isEmpty();
    for (String name : report.loaded()) {
      assertThat(target.stateDict().get(name).floats())
          .as(name)
          .isEqualTo(source.stateDict().get(name).floats());
    }
  }

  private static String timm(String name) {
    for (int i = 0; i < 3; i++) {
      String merging = "layers." + i + ".downsample";
      if (name.startsWith(merging)) {
        return "layers." + (i + 1) + ".downsample" + name.substring(merging.length());
      }
    }
    return name;
  }

  @Test
  void anotherWindow() {
    Swin source = new Swin(swin(3));
    source.initialize(Rng.of(1));
    TensorSource file = TensorSource.of("swin.pth", source.stateDict());
    Swin target = new Swin(swin(5));
    LoadReport report = Weights.load(target, file, Policy.FINE_TUNE);
    assertThat(report.resized()).hasSize(5);
    assertThat(report.resized().getFirst().toString())
        .isEqualTo(
            "layers.0.blocks.0.attn.relative_position_bias_table: model FLOAT32[81, 1], file"
                + " FLOAT32[25, 1]");
    assertThat(report.table()).contains("resized            5  layers.0.blocks.0.attn");
    assertThatThrownBy(() -> Weights.load(new Swin(swin(5)), file, Policy.EXACT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("relative_position_bias_table");
  }

  /**
   * The numbers of ONNX's specification for cubic resizing with a = -0.75, half-pixel centres and
   * repeated borders, which is PyTorch's; then a constant and another head, which stay apart.
   */
  @Test
  void cubicInterpolation() {
    float[] table = new float[16 * 2];
    for (int i = 0; i < 16; i++) {
      table[2 * i] = i + 1;
      table[2 * i + 1] = 0.3f;
    }
    Tensor resized = PositionTables.resize(Tensor.of(table, 16, 2), Shape.of(64, 2));
    float[] first = {
      0.47265625f, 0.76953125f, 1.24609375f, 1.875f, 2.28125f, 2.91015625f, 3.38671875f, 3.68359375f
    };
    for (int i = 0; i < 64; i++) {
      if (i < 8) {
        assertThat(resized.floats()[2 * i]).isEqualTo(first[i]);
      }
      // The map is x + 4 y + 1, so a column is the first row's progress taken four times.
      float expected = first[i % 8] + 4 * (first[i / 8] - first[0]);
      assertThat(resized.floats()[2 * i]).isCloseTo(expected, offset(1e-5f));
      assertThat(resized.floats()[2 * i + 1]).isCloseTo(0.3f, offset(1e-5f));
    }
    Tensor same = PositionTables.resize(Tensor.of(table, 16, 2), Shape.of(16, 2));
    assertThat(same.floats()).isEqualTo(table);
  }

  /** A detector reduced to what loading distinguishes. */
  private static final class Detector extends Module {
    Detector(Module backbone, int classes) {
      child("backbone", backbone);
      child("class_embed.0", new Linear(4, classes));
      child("label_enc", new Embedding(classes, 4));
    }
  }

  @Test
  void anotherNumberOfClasses() {
    Detector source = new Detector(new Linear(2, 2), 80);
    source.initialize(Rng.of(1));
    TensorSource file = TensorSource.of("model_final.pth", source.stateDict());
    Detector target = new Detector(new Linear(2, 2), 20);
    target.initialize(Rng.of(2));
    float[] before = target.stateDict().get("label_enc.weight").floats().clone();
    LoadReport report = Weights.load(target, file, Policy.FINE_TUNE);
    assertThat(report.loaded()).containsExactly("backbone.weight", "backbone.bias");
    assertThat(report.reinitialised())
        .extracting(mismatch -> mismatch.name())
        .containsExactly("class_embed.0.weight", "class_embed.0.bias", "label_enc.weight");
    assertThat(report.table())
        .contains("weights: model_final.pth, a detector")
        .contains("re-initialised     3  class_embed.0.weight: model FLOAT32[20, 4], file");
    assertThat(target.stateDict().get("label_enc.weight").floats()).isEqualTo(before);
    assertThat(target.stateDict().get("backbone.weight").floats())
        .isEqualTo(source.stateDict().get("backbone.weight").floats());
    assertThat(Weights.numClasses(file)).contains(80);
    assertThatThrownBy(() -> Weights.load(target, file, Policy.EXACT))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("2 tensors fit, 3 do not, first class_embed.0.weight: model");
  }

  @Test
  void nothingIsWrittenUnlessAllFits() {
    Detector source = new Detector(new Linear(2, 2), 3);
    source.initialize(Rng.of(1));
    Map<String, Tensor> file = new LinkedHashMap<>(source.stateDict());
    file.remove("backbone.bias");
    Detector target = new Detector(new Linear(2, 2), 3);
    assertThatThrownBy(() -> Weights.load(target, TensorSource.of("a.pth", file), Policy.FINE_TUNE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("first backbone.bias is missing from the file");
    assertThat(target.stateDict().get("backbone.weight").floats()).containsOnly(0f);
    LoadReport report = Weights.load(target, TensorSource.of("a.pth", file), Policy.WHATEVER_FITS);
    assertThat(report.missing()).containsExactly("backbone.bias");
    assertThat(target.stateDict().get("backbone.weight").floats())
        .isEqualTo(source.stateDict().get("backbone.weight").floats());
  }

  @Test
  void aBackboneFromADetector() {
    Detector source = new Detector(new Linear(2, 2), 3);
    source.initialize(Rng.of(1));
    Linear target = new Linear(2, 2);
    LoadReport report =
        Weights.load(target, TensorSource.of("model.pth", source.stateDict()), Policy.EXACT);
    assertThat(report.loaded()).containsExactly("weight", "bias");
    assertThat(report.leftOut())
        .containsExactly("class_embed.0.weight", "class_embed.0.bias", "label_enc.weight");
  }

  @Test
  void unknownNamesAreRefused() {
    Map<String, Tensor> caffe = Map.of("conv1_w", Tensor.zeros(64, 3, 7, 7));
    assertThatThrownBy(
            () ->
                Weights.load(
                    new Linear(2, 2), TensorSource.of("R-50.pkl", caffe), Policy.FINE_TUNE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("R-50.pkl: Caffe2's ResNet expects BGR pixels");
    Map<String, Tensor> other = Map.of("encoder.weight", Tensor.zeros(2));
    assertThatThrownBy(
            () ->
                Weights.load(
                    new Linear(2, 2), TensorSource.of("bert.pth", other), Policy.WHATEVER_FITS))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("names such as encoder.weight belong to no model known here");
  }

  @Tag("parity")
  @Test
  void filesOfTheRecordingsAreRecognised() {
    try (TensorFile file = TensorFile.open(Fixtures.locate("checkpoint/detectron2_style.pth"))) {
      assertThat(Weights.numClasses(file)).contains(7);
    }
  }
}
