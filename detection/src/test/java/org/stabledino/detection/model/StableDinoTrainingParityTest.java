package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.UnstableScore;
import org.stabledino.detection.model.TinyModel.Batch;
import org.stabledino.detection.testing.RecordedNoise;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup.Exempt;
import org.stabledino.nn.optim.ParameterGroup.Rule;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/** Losses, matches, gradients and steps of training against the published model's. */
@Tag("parity")
class StableDinoTrainingParityTest {

  /** Where the model computes. */
  protected Device device() {
    return Device.CPU;
  }

  /** How many of the recorded five steps are taken. */
  protected int steps() {
    return 5;
  }

  /** A recorded training run and our model at its start. */
  private static final class Run {
    final Fixture fixture;
    final Json train;
    final StableDinoConfig config;
    final StableDino model;
    final Batch batch;
    final List<Targets> targets;
    final Criterion criterion;

    Run(String system, Fixture fixture, Device device) {
      this.fixture = fixture;
      train = fixture.json().get("train");
      config = TinyModel.config(fixture.json().get("config"));
      model = TinyModel.load(system, config);
      model.to(device);
      int images = fixture.json().get("images").size();
      batch = Batch.of(fixture, IntStream.range(0, images).toArray());
      targets = TinyModel.targets(fixture, images);
      criterion = Criterion.of(config);
    }

    LossReport losses(int drawsOfStep) {
      return criterion.forward(output(drawsOfStep), targets);
    }

    ModelOutput output(int drawsOfStep) {
      DenoisingQueries denoising =
          DenoisingQueries.of(
              config.denoising(),
              config.numClasses(),
              config.transformer().numQueries(),
              targets,
              RecordedNoise.read(fixture, "step" + drawsOfStep + ".", targets, config.denoising()));
      return model.forward(batch.images(), batch.sizes(), denoising);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stable", "baseline", "simple_fusion"})
  void lossesMatchesAndGradientsOfTheFirstStep(String system) {
    try (Fixture fixture = Fixtures.open("model_tiny/" + system + "/train")) {
      Run run = new Run(system, fixture, device());
      ModelOutput output = run.output(0);
      checkPredictions(fixture, output);
      LossReport report = run.criterion.forward(output, run.targets);
      Json losses = run.train.get("loss_unweighted");
      assertThat(report.values().keySet()).containsExactlyInAnyOrderElementsOf(losses.keys());
      Json weighted = run.train.get("loss_weighted");
      for (String loss : losses.keys()) {
        double value = report.values().get(loss);
        Close.check(loss, losses.get(loss).number(), value, 1e-5);
        double weight = report.weights().get(loss);
        Close.check(loss + " weighted", weighted.get(loss).number(), weight * value, 1e-5);
      }
      checkMatches(fixture, run.train, report);
      report.total().backward();
      checkGradients(fixture, run.train, run.model.namedParameters());
    }
  }

  private static void checkPredictions(Fixture fixture, ModelOutput output) {
    int denoising = output.denoisingQueries();
    int last = output.layers().size() - 1;
    for (int layer = 0; layer <= last; layer++) {
      String name = layer == last ? "final" : "aux" + layer;
      Prediction prediction = output.layers().get(layer);
      int all = prediction.logits().dim(1);
      checkPart(fixture, "step0.dn_" + name, prediction, 0, denoising);
      checkPart(fixture, "step0." + name, prediction, denoising, all);
    }
    checkPart(fixture, "step0.enc", output.encoder(), 0, output.encoder().logits().dim(1));
  }

  private static void checkPart(
      Fixture fixture, String name, Prediction prediction, int from, int to) {
    Tensor logits = fixture.tensor(name + ".pred_logits");
    Tensor boxes = fixture.tensor(name + ".pred_boxes");
    for (int image = 0; image < logits.dim(0); image++) {
      Tensor ours = prediction.logits().data().select(image).narrow(from, to);
      Close.check(name + ".pred_logits", logits.select(image), ours, 0, 1e-4);
      Tensor ourBoxes = prediction.boxes().data().select(image).narrow(from, to);
      Close.check(name + ".pred_boxes", boxes.select(image), ourBoxes, 0, 1e-5);
    }
  }

  private static void checkMatches(Fixture fixture, Json train, LossReport report) {
    RecordedMatches.check(fixture, "step0.", report);
    for (int image = 0; image < report.matchings().size(); image++) {
      List<Matching> heads = report.matchings().get(image);
      List<Json> pairs = train.get("unstable_matching").get("image" + image).list();
      UnstableScore score = new UnstableScore(heads.size());
      score.add(heads, heads.getFirst().count());
      assertThat(score.pairs()).isEqualTo(pairs.size());
      for (int pair = 0; pair < pairs.size(); pair++) {
        int targets = pairs.get(pair).get("num_gt").integer();
        assertThat(score.seen(pair)).isEqualTo(targets);
        assertThat(score.changed(pair))
            .isEqualTo(targets - pairs.get(pair).get("num_same").integer());
      }
    }
  }

  private static void checkGradients(
      Fixture fixture, Json train, Map<String, Parameter> parameters) {
    List<String> without =
        train.get("parameters_without_grad").list().stream().map(Json::text).toList();
    parameters.forEach(
        (name, parameter) -> {
          if (without.contains(name)) {
            assertThat(parameter.grad()).as(name).isNull();
          } else {
            String recorded = "grad." + name;
            Close.check(recorded, fixture.tensor(recorded), parameter.grad(), 1e-4, 1e-7);
          }
        });
    long expected = fixture.names().stream().filter(name -> name.startsWith("grad.")).count();
    assertThat(parameters.size() - without.size()).isEqualTo((int) expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"stable", "baseline", "simple_fusion"})
  void stepsOfAdamW(String system) {
    try (Fixture fixture = Fixtures.open("model_tiny/" + system + "/train")) {
      Run run = new Run(system, fixture, device());
      Json optimizer = run.train.get("optimizer");
      double rate = optimizer.get("lr").number();
      double factor = optimizer.get("backbone_lr").number() / rate;
      double decay = optimizer.get("weight_decay").number();
      AdamW adam = new AdamW(new Rule(rate, factor, decay, Exempt.NORMS).split(run.model));
      GradientClipping clipping = new GradientClipping(optimizer.get("clip_grad_norm").number());
      double[] totals = run.train.get("total_loss_per_step").numbers();
      double[] norms = run.train.get("grad_norm_before_clip_per_step").numbers();
      assertThat(totals).hasSize(5);
      for (int step = 0; step < steps(); step++) {
        try (Scope _ = Scope.open()) {
          LossReport report = run.losses(step);
          double tolerance = step == 0 ? 1e-5 : 1e-4;
          Close.check("total of step " + step, totals[step], report.total().item(), tolerance);
          run.model.clearGrad();
          report.total().backward();
          GradientClipping.Measured measured = clipping.measure(adam.parameters());
          Close.check("norm of step " + step, norms[step], measured.norm(), 2e-3);
          adam.step(1, measured.coefficient());
          run.model.notifyStateChanged();
        }
        if (step == 0) {
          checkFirstUpdate(fixture, run.model, rate, factor);
        }
      }
      if (steps() < totals.length) {
        return;
      }
      double after = run.train.get("loss_after_5_steps_with_step4_draws").number();
      Close.check("total afterwards", after, run.losses(4).total().item(), 1e-4);
    }
  }

  /** Adam divides by the gradient's size, so a tiny one of uncertain sign moves by the rate. */
  private static void checkFirstUpdate(
      Fixture fixture, StableDino model, double rate, double backboneFactor) {
    long elements = 0;
    long off = 0;
    boolean recorded = fixture.names().stream().anyMatch(name -> name.startsWith("after1."));
    if (!recorded) {
      return;
    }
    for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
      String name = entry.getKey();
      if (!fixture.has("after1." + name)) {
        assertThat(entry.getValue().frozen()).as(name).isTrue();
        continue;
      }
      double most = 2.1 * rate * (name.contains("backbone") ? backboneFactor : 1);
      float[] expected = fixture.tensor("after1." + name).toFloats();
      float[] actual = entry.getValue().data().toFloats();
      for (int i = 0; i < expected.length; i++) {
        double distance = Math.abs((double) expected[i] - actual[i]);
        assertThat(distance).as(name + " " + i).isLessThan(most);
        elements++;
        off += distance > 1e-5 ? 1 : 0;
      }
    }
    assertThat(elements).isPositive();
    assertThat((double) off / elements).isLessThan(1e-3);
  }
}
