package org.stabledino.detection.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.DenoisingLayout;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.LossConfig.ClassLoss;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.TargetForm;
import org.stabledino.detection.model.TargetForm.Curve;
import org.stabledino.detection.testing.RecordedTargets;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The published criterion's losses, matches and gradients, in all recorded variants. */
@Tag("parity")
class CriterionParityTest {
  private static final String RECORDING = "criterion/criterion";

  @TestFactory
  Stream<DynamicTest> everyProblemAndVariant() {
    List<DynamicTest> tests = new ArrayList<>();
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Json problems = fixture.json().get("problems");
      for (String problem : problems.keys()) {
        for (String variant : problems.get(problem).get("variants").keys()) {
          tests.add(
              DynamicTest.dynamicTest(problem + " " + variant, () -> check(problem, variant)));
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void check(String problem, String variant) {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Json json = fixture.json().get("problems").get(problem);
      Json recorded = json.get("variants").get(variant);
      Heads heads = new Heads(fixture, problem, json);
      List<Targets> targets = RecordedTargets.read(fixture, problem, json.get("bs").integer());
      LossReport report =
          criterion(fixture.json().get("variants").get(variant)).forward(heads.output(), targets);
      checkLosses(recorded, report);
      String prefix = problem + "." + variant + ".";
      checkMatches(fixture, prefix, heads, report);
      report.total().backward();
      heads
          .gradients()
          .forEach(
              (name, gradient) ->
                  Close.check(
                      prefix + name,
                      fixture.tensor(prefix + "grad." + name),
                      gradient,
                      1e-5,
                      1e-8));
      checkSingleLosses(fixture, problem, prefix, targets, variant);
    }
  }

  private static void checkLosses(Json recorded, LossReport report) {
    Json losses = recorded.get("losses_unweighted");
    assertThat(report.values().keySet()).containsExactlyInAnyOrderElementsOf(losses.keys());
    for (String loss : losses.keys()) {
      Close.check(loss, losses.get(loss).number(), report.values().get(loss), 1e-5);
      assertThat(report.weights().get(loss))
          .as(loss)
          .isEqualTo(recorded.get("weights").get(loss).number());
    }
    Close.check("total", recorded.get("total_weighted").number(), report.total().item(), 1e-5);
  }

  private static void checkMatches(Fixture fixture, String prefix, Heads heads, LossReport report) {
    List<String> names = heads.namesInOrder();
    for (int image = 0; image < report.matchings().size(); image++) {
      for (int head = 0; head < names.size(); head++) {
        Matching matching = report.matchings().get(image).get(head);
        String name = prefix + "match." + names.get(head);
        if (!fixture.has(name + ".i" + image)) {
          continue;
        }
        assertThat(matching.queries()).isEqualTo(fixture.indices(name + ".i" + image).ints());
        assertThat(matching.targets()).isEqualTo(fixture.indices(name + ".j" + image).ints());
      }
    }
  }

  /** Gradients of the last layer's losses one by one. */
  private static void checkSingleLosses(
      Fixture fixture, String problem, String prefix, List<Targets> targets, String variant) {
    Json options = fixture.json().get("variants").get(variant);
    Tensor logits = fixture.tensor(problem + ".pred_logits");
    Tensor boxes = fixture.tensor(problem + ".pred_boxes");
    Predictions predictions = Predictions.all(logits, boxes);
    List<Matching> matchings = new HungarianMatcher(matching(options)).match(predictions, targets);
    LossConfig config = losses(options);
    ClassificationLoss classLoss = ClassificationLoss.of(config.classLoss(), config);
    Tensor gradClass = Tensor.zeros(logits.shape().dims());
    Tensor gradL1 = Tensor.zeros(boxes.shape().dims());
    Tensor gradGiou = Tensor.zeros(boxes.shape().dims());
    double share = 1.0 / Math.max(1, Targets.total(targets));
    Tensor sums = Tensor.empty(DType.FLOAT64, Shape.of(2));
    for (int image = 0; image < targets.size(); image++) {
      Targets truth = targets.get(image);
      Matching matching = matchings.get(image);
      Sums.of(classLoss, predictions, image, truth, matching, share, gradClass);
      BoxLoss.addImage(predictions, image, truth, matching, share, 0, sums, gradL1);
      BoxLoss.addImage(predictions, image, truth, matching, 0, share, sums, gradGiou);
    }
    String single = prefix + "gradonly.";
    compare(fixture, single + "loss_class.pred_logits", gradClass);
    compare(fixture, single + "loss_bbox.pred_boxes", gradL1);
    compare(fixture, single + "loss_giou.pred_boxes", gradGiou);
  }

  private static void compare(Fixture fixture, String name, Tensor actual) {
    if (fixture.has(name)) {
      Close.check(name, fixture.tensor(name), actual, 1e-5, 1e-8);
    }
  }

  @TestFactory
  Stream<DynamicTest> batchesWithoutTargets() {
    List<DynamicTest> tests = new ArrayList<>();
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      for (String key : fixture.json().keys()) {
        if (key.startsWith("zero_gts_")) {
          tests.add(DynamicTest.dynamicTest(key, () -> checkWithoutTargets(key)));
        }
      }
    }
    return tests.stream();
  }

  private static void checkWithoutTargets(String key) {
    String problem = key.substring(0, key.indexOf('.'));
    String variant = key.substring(key.indexOf('.') + 1);
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Prediction last = leaves(fixture, problem + ".");
      Prediction first = leaves(fixture, problem + ".aux0.");
      Prediction encoder = leaves(fixture, problem + ".enc.");
      int batch = last.logits().dim(0);
      ModelOutput output = new ModelOutput(List.of(first, last), encoder, null);
      LossReport report =
          criterion(fixture.json().get("variants").get(variant))
              .forward(output, Collections.nCopies(batch, Targets.NONE));
      Json losses = fixture.json().get(key).get("losses_unweighted");
      assertThat(report.values().keySet()).containsExactlyInAnyOrderElementsOf(losses.keys());
      for (String loss : losses.keys()) {
        Close.check(loss, losses.get(loss).number(), report.values().get(loss), 1e-5);
      }
      report.total().backward();
      Map.of("", last, "aux0.", first, "enc.", encoder)
          .forEach(
              (name, head) -> {
                compare(fixture, key + ".grad." + name + "pred_logits", head.logits().grad());
                compare(fixture, key + ".grad." + name + "pred_boxes", head.boxes().grad());
              });
    }
  }

  @Test
  void saturatedLogits() {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      if (!fixture.has("saturated.pred_logits")) {
        return;
      }
      List<Targets> targets = RecordedTargets.read(fixture, "saturated", 1);
      Json official = fixture.json().get("variants").get("official");
      Json baseline = fixture.json().get("variants").get("baseline_none");
      Tensor logits = fixture.tensor("saturated.pred_logits");
      Predictions predictions = Predictions.all(logits, fixture.tensor("saturated.pred_boxes"));
      Prediction head = leaves(fixture, "saturated.");
      ModelOutput output = new ModelOutput(List.of(head), null, null);

      Tensor published = Tensor.zeros(logits.shape().dims());
      Matching matching =
          new HungarianMatcher(matching(official)).match(predictions, targets).getFirst();
      double loss =
          Sums.of(
              new PositionSupervisedLoss(losses(official)),
              predictions,
              0,
              targets.getFirst(),
              matching,
              0.5,
              published);
      assertThat(loss).isNaN();
      compare(fixture, "saturated.official.grad", published);
      assertThatThrownBy(() -> criterion(official).forward(output, targets).values())
          .isInstanceOf(NonFiniteLossException.class)
          .hasMessageContaining("loss_class")
          .hasMessageContaining("finiteLogarithms");

      Criterion finite =
          new Criterion(matching(official), losses(official).withFiniteLogarithms(true), false);
      assertThat(finite.forward(output, targets).values().get("loss_class")).isFinite();

      Tensor focal = Tensor.zeros(logits.shape().dims());
      Matching plain =
          new HungarianMatcher(matching(baseline)).match(predictions, targets).getFirst();
      double focalLoss =
          Sums.of(new FocalLoss(0.25, 2), predictions, 0, targets.getFirst(), plain, 0.5, focal);
      String expected = fixture.json().get("saturated.baseline_none").get("loss_class").text();
      Close.check("loss_class", Double.parseDouble(expected), focalLoss / 2, 1e-5);
      compare(fixture, "saturated.baseline_none.grad", focal);
    }
  }

  private static Prediction leaves(Fixture fixture, String prefix) {
    return new Prediction(
        fixture.leaf(prefix + "pred_logits"), fixture.leaf(prefix + "pred_boxes"));
  }

  private static Criterion criterion(Json variant) {
    return new Criterion(matching(variant), losses(variant), true);
  }

  private static MatchingConfig matching(Json variant) {
    double exponent = variant.get("cec_beta").number();
    return exponent < 0
        ? MatchingConfig.DINO
        : new MatchingConfig(2, 5, 2, Modulation.LAST_OF_CLASS, exponent, 0.25, 2);
  }

  private static LossConfig losses(Json variant) {
    if (variant.get("type").text().equals("none")) {
      return LossConfig.DINO;
    }
    Curve curve =
        switch (variant.get("post").text()) {
          case "exp" -> Curve.EXPONENTIAL;
          case "sin" -> Curve.SINE;
          default -> Curve.IDENTITY;
        };
    TargetForm form =
        new TargetForm(variant.get("ta_alpha").number(), variant.get("ta_beta").number(), curve);
    return LossConfig.STABLE
        .withTarget(form, variant.has("norm") ? Rescaling.LARGEST_IOU : Rescaling.ONE)
        .withDenoisingClassLoss(ClassLoss.POSITION_SUPERVISED)
        .withFiniteLogarithms(false);
  }

  /**
   * The heads of a problem. Recorded denoising and matching queries are put together as the model's
   * are.
   */
  private static final class Heads {
    private final Map<String, Variable> variables = new LinkedHashMap<>();
    private final Map<String, Integer> denoisingQueries = new LinkedHashMap<>();
    private final List<Prediction> layers = new ArrayList<>();
    private final Prediction encoder;
    private final DenoisingLayout layout;

    Heads(Fixture fixture, String problem, Json json) {
      int aux = json.get("num_aux").integer();
      layout = json.has("dn") ? layout(json.get("dn")) : null;
      for (int i = 0; i < aux; i++) {
        layers.add(layer(fixture, problem + ".", "aux" + i + ".", "dn_aux" + i + "."));
      }
      layers.add(layer(fixture, problem + ".", "", "dn."));
      encoder = json.get("has_enc").bool() ? layer(fixture, problem + ".", "enc.", null) : null;
    }

    private static DenoisingLayout layout(Json dn) {
      int copies = dn.get("gdn_k").integer();
      int slots = dn.get("single_padding").integer() / copies;
      return new DenoisingLayout(dn.get("dn_num").integer(), copies, slots);
    }

    private Prediction layer(Fixture fixture, String problem, String name, String denoising) {
      return new Prediction(
          variable(fixture, problem, name, denoising, "pred_logits"),
          variable(fixture, problem, name, denoising, "pred_boxes"));
    }

    private Variable variable(
        Fixture fixture, String problem, String name, String denoising, String tensor) {
      Tensor matching = fixture.tensor(problem + name + tensor);
      boolean both = layout != null && denoising != null;
      Tensor all = both ? join(fixture.tensor(problem + denoising + tensor), matching) : matching;
      Variable leaf = Variable.leaf(all);
      variables.put(name + tensor, leaf);
      if (both) {
        variables.put(denoising + tensor, leaf);
        denoisingQueries.put(denoising + tensor, layout.queries());
        denoisingQueries.put(name + tensor, layout.queries());
      }
      return leaf;
    }

    private static Tensor join(Tensor first, Tensor second) {
      int batch = first.dim(0);
      int size = first.size() / batch + second.size() / batch;
      float[] all = new float[batch * size];
      for (int image = 0; image < batch; image++) {
        float[] a = first.select(image).toFloats();
        float[] b = second.select(image).toFloats();
        System.arraycopy(a, 0, all, image * size, a.length);
        System.arraycopy(b, 0, all, image * size + a.length, b.length);
      }
      return Tensor.of(all, batch, first.dim(1) + second.dim(1), first.dim(2));
    }

    ModelOutput output() {
      return new ModelOutput(layers, encoder, layout);
    }

    List<String> namesInOrder() {
      List<String> names = new ArrayList<>();
      if (encoder != null) {
        names.add("enc");
      }
      for (int i = 0; i < layers.size() - 1; i++) {
        names.add("aux" + i);
      }
      names.add("final");
      return names;
    }

    /** Gradients by recorded name, taken apart again. */
    Map<String, Tensor> gradients() {
      Map<String, Tensor> gradients = new LinkedHashMap<>();
      variables.forEach(
          (name, variable) -> {
            Tensor gradient = variable.grad();
            int split = denoisingQueries.getOrDefault(name, 0);
            boolean denoising = name.startsWith("dn");
            gradients.put(
                name,
                denoising ? rows(gradient, 0, split) : rows(gradient, split, gradient.dim(1)));
          });
      return gradients;
    }

    private static Tensor rows(Tensor x, int from, int to) {
      float[] rows = new float[x.dim(0) * (to - from) * x.dim(2)];
      int size = (to - from) * x.dim(2);
      for (int image = 0; image < x.dim(0); image++) {
        float[] part = x.select(image).narrow(from, to).toFloats();
        System.arraycopy(part, 0, rows, image * size, size);
      }
      return Tensor.of(rows, x.dim(0), to - from, x.dim(2));
    }
  }
}
