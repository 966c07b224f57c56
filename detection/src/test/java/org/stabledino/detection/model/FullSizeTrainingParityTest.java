package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.detection.boxes.BoxOps;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.model.QuerySelection.Selection;
import org.stabledino.detection.model.TinyModel.Batch;
import org.stabledino.detection.testing.RecordedNoise;
import org.stabledino.nn.Linear;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Formula;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * A training step of the published Stable-DINO-4scale at its real size: losses, assignments and
 * gradients against those of the published code; weights and pictures follow from a formula.
 */
@Tag("parity")
class FullSizeTrainingParityTest {
  private static final String RECORDING = "model_r50/stabledino_r50_4scale_train";
  private static final double LOSS = 1e-4; // relative
  private static final double LOGITS = 2e-3;
  private static final double BOXES = 2e-4;

  /** Samples of a gradient, relative to their norm, beyond five times the recorded distance. */
  private static final double GRADIENTS = 1e-3;

  /**
   * The same where 3 x 3 convolutions take Winograd's form: one sampling point more or less on the
   * other side of a border moves a layer's gradient by up to 2e-3, and other last bits suffice.
   */
  private static final double GRADIENTS_BY_WINOGRAD = 2e-3;

  @Test
  void lossesMatchesAndGradients() {
    check(GRADIENTS_BY_WINOGRAD, Device.CPU);
  }

  /**
   * The form of convolutions is a constant of the JVM, so this takes one of its own. That tolerance
   * is near the noise of float32: a pixel off by its last bit exceeds it, too.
   */
  @Test
  void directConvolutionsKeepTheToleranceOfTheRecordings() throws Exception {
    Fixtures.locate(RECORDING + ".json");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--add-modules=jdk.incubator.vector",
            "-Xmx4g",
            "-XX:+UseParallelGC",
            "-Dstabledino.winograd=off",
            "-Dstabledino.vector.bits=256", // the same last bits on every processor
            "-Dfixtures=" + System.getProperty("fixtures", ""),
            "-cp",
            System.getProperty("java.class.path"),
            FullSizeTrainingParityTest.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  /** The step with the tolerance of the recordings; fails if it is not kept. */
  public static void main(String[] args) {
    check(GRADIENTS, Device.CPU);
  }

  /** The step on a GPU, whose atomic sums have other last bits, too. */
  static void checkOn(Device device) {
    check(GRADIENTS_BY_WINOGRAD, device);
  }

  private static void check(double tolerance, Device device) {
    try (Fixture fixture = Fixtures.open(RECORDING);
        Scope _ = Scope.open()) {
      StableDinoConfig config =
          OfficialModels.config("stabledino_r50_4scale").with(Compat.RELEASED);
      StableDino model = model(config, fixture.json());
      model.to(device);
      Batch batch = batch(fixture.json());
      List<Targets> targets = targets(fixture, batch.sizes());
      DenoisingQueries denoising =
          DenoisingQueries.of(
              config.denoising(),
              config.numClasses(),
              config.transformer().numQueries(),
              targets,
              RecordedNoise.read(fixture, "", targets, config.denoising()));
      ModelOutput output = forward(model, batch, denoising, fixture.indices("topk_indices"));
      checkPrediction(fixture, output);
      LossReport report = Criterion.of(config).forward(output, targets);
      checkLosses(fixture.json(), report);
      RecordedMatches.check(fixture, "", report);
      report.total().backward();
      checkGradients(fixture, model.namedParameters(), tolerance);
    }
  }

  private static StableDino model(StableDinoConfig config, Json recorded) {
    StableDino model = new StableDino(config);
    Formula.fill(model, "", recorded.get("name_prefix_for_hash").text());
    for (Linear head : model.heads().classes()) {
      float[] bias = head.bias().data().floats();
      for (int k = 0; k < bias.length; k++) {
        bias[k] = (float) (bias[k] - Math.log(99));
      }
    }
    return model;
  }

  private static Batch batch(Json recorded) {
    List<Tensor> pictures = new ArrayList<>();
    for (Json image : recorded.get("images").list()) {
      int[] size = image.get("size_hw").integers();
      Tensor bytes = Formula.image(image.get("tag").text(), size[0], size[1]);
      assertThat(Formula.crc(bytes)).isEqualTo(image.get("crc32_of_CHW_bytes").longInteger());
      pictures.add(bytes);
    }
    return Batch.of(pictures);
  }

  private static List<Targets> targets(Fixture fixture, ValidSizes sizes) {
    List<Targets> targets = new ArrayList<>();
    for (int image = 0; image < sizes.heights().length; image++) {
      float[] corners = fixture.tensor("gt" + image + ".boxes_xyxy").toFloats();
      for (int i = 0; i < corners.length; i++) {
        corners[i] /= i % 2 == 0 ? sizes.widths()[image] : sizes.heights()[image];
      }
      targets.add(
          new Targets(fixture.indices("gt" + image + ".labels").ints(), BoxOps.toCxcywh(corners)));
    }
    return targets;
  }

  /** The model's own pass, but for the order of the selected tokens, which float32 leaves open. */
  private static ModelOutput forward(
      StableDino model, Batch batch, DenoisingQueries denoising, Tensor order) {
    Transformer transformer = model.transformer();
    List<Variable> maps =
        model
            .neck()
            .forward(
                model.backbone().forward(Variable.constant(batch.images().to(model.device()))));
    TokenLayout layout = StableDino.layout(maps, batch.images(), batch.sizes());
    Variable memory =
        transformer.encode(Transformer.tokens(maps), layout, layout.padding()).getLast();
    Proposals proposals = Proposals.of(layout).to(model.device());
    checkSelection(transformer.selection().select(memory, proposals).indices(), order);
    Selection selected = transformer.selection().at(memory, proposals, order.to(model.device()));
    Variable queries = Ops.concat(1, model.labels(denoising), transformer.content(layout.batch()));
    Tensor references = DenoisingQueries.references(denoising, selected.boxes().data());
    DeformableDecoder.Context context =
        new DeformableDecoder.Context(
            memory, layout, layout.padding(), denoising.blocked().to(model.device()), Probe.NONE);
    return new ModelOutput(
        transformer.decoder().forward(queries, references, context, true),
        transformer.selection().predict(selected),
        denoising.layout());
  }

  private static void checkSelection(Tensor ours, Tensor order) {
    for (int image = 0; image < order.dim(0); image++) {
      assertThat(row(ours, image))
          .as("the set of selected tokens of image " + image)
          .containsExactlyInAnyOrder(row(order, image));
    }
  }

  private static int[] row(Tensor tensor, int row) {
    Tensor indices = tensor.to(Device.CPU);
    int from = indices.offset() + row * indices.dim(1);
    return Arrays.copyOfRange(indices.ints(), from, from + indices.dim(1));
  }

  private static void checkPrediction(Fixture fixture, ModelOutput output) {
    Tensor logits = fixture.tensor("final.pred_logits");
    Tensor boxes = fixture.tensor("final.pred_boxes");
    int from = output.denoisingQueries();
    int to = from + logits.dim(1);
    for (int image = 0; image < logits.dim(0); image++) {
      Tensor ours = output.last().logits().data().select(image).narrow(from, to);
      Close.check("final.pred_logits", logits.select(image), ours, 0, LOGITS);
      Tensor ourBoxes = output.last().boxes().data().select(image).narrow(from, to);
      Close.check("final.pred_boxes", boxes.select(image), ourBoxes, 0, BOXES);
    }
  }

  private static void checkLosses(Json recorded, LossReport report) {
    Json losses = recorded.get("loss_weighted");
    assertThat(report.values().keySet()).containsExactlyInAnyOrderElementsOf(losses.keys());
    report
        .values()
        .forEach(
            (name, value) ->
                Close.check(
                    name, losses.get(name).number(), value * report.weights().get(name), LOSS));
    Close.check("total", recorded.get("total").number(), report.total().item(), LOSS);
  }

  private static void checkGradients(
      Fixture fixture, Map<String, Parameter> parameters, double tolerance) {
    Json recorded = fixture.json().get("grads");
    assertThat(parameters.keySet()).containsExactlyInAnyOrderElementsOf(recorded.keys());
    double squares = 0;
    for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
      String name = entry.getKey();
      Tensor gradient = entry.getValue().grad();
      if (!recorded.has(name)) {
        assertThat(gradient).as(name).isNull();
        continue;
      }
      double norm = norm(gradient.toFloats());
      Close.check("norm of " + name, recorded.get(name).get("l2").number(), norm, 0.02);
      checkSamples(fixture, name, recorded.get(name), gradient, tolerance);
      squares += norm * norm;
    }
    double norm = fixture.json().get("grad_norm").number();
    Close.check("norm of all gradients", norm, Math.sqrt(squares), 0.02);
  }

  /**
   * Sampling points that lie on the border of two pixels go either way in float32, so gradients are
   * as far from exact ones as the recorded distance; that is relative to the norm of what is
   * compared, or of what samples of the whole gradient have on average.
   */
  private static void checkSamples(
      Fixture fixture, String name, Json recorded, Tensor gradient, double tolerance) {
    int[] at = fixture.indices("grad_index." + name).ints();
    float[] want = fixture.tensor("grad." + name).toFloats();
    float[] all = gradient.toFloats();
    float[] off = new float[at.length];
    for (int i = 0; i < at.length; i++) {
      off[i] = all[at[i]] - want[i];
    }
    double share = Math.sqrt(at.length / (double) all.length);
    double expected = Math.max(norm(want), recorded.get("l2").number() * share);
    double relative = 5 * recorded.get("f32_vs_f64_rel_l2").number() + tolerance;
    assertThat(norm(off) / expected).as("samples of the gradient of " + name).isLessThan(relative);
  }

  private static double norm(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }
}
