package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.detection.model.QuerySelection.Selection;
import org.stabledino.detection.model.TinyModel.Batch;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Formula;
import org.stabledino.nn.testing.Json;
import org.stabledino.nn.testing.Layouts;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * The published detectors at their real size, stage by stage, against recorded samples of the
 * published code's tensors; weights and picture follow from a formula.
 *
 * <p>Scores of neighbouring tokens lie closer than the noise of float32, so either order is right:
 * the selected sets are compared, and the recorded order is forced for what follows.
 */
@Tag("parity")
class FullSizeEvaluationParityTest {
  private static final double BACKBONE = 2e-5; // of the largest value
  private static final double TOKENS = 1e-4;
  private static final double STATES = 2e-3;
  private static final double SCORES = STATES / 4; // the sigmoid's slope is at most a quarter
  private static final double BOXES = 2e-4;

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "stabledino_r50_4scale, stabledino_r50_4scale, res3 res4 res5",
    "stabledino_r50_5scale, stabledino_r50_5scale, res2 res3 res4 res5",
    "stabledino_swin_tiny_4scale, stabledino_swin_tiny_224_4scale, p1 p2 p3"
  })
  void everyStage(String recording, String system, String stages) {
    try (Fixture fixture = Fixtures.open("model_r50/" + recording);
        GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      StableDino model = new StableDino(OfficialModels.config(system).with(Compat.RELEASED));
      Formula.fill(model, "");
      model.train(false);
      checkValues(fixture, model);
      Json picture = fixture.json().get("image");
      int[] size = picture.get("size_hw").integers();
      Tensor bytes = Formula.image(picture.get("tag").text(), size[0], size[1]);
      assertThat(Formula.crc(bytes)).isEqualTo(picture.get("crc32_of_CHW_bytes").longInteger());
      Walk walk = new Walk(fixture, model, Batch.of(List.of(bytes)));
      walk.check(stages.split(" "));
    }
  }

  /** The formula's first values of some parameters, so that what fails later is the model. */
  private static void checkValues(Fixture fixture, StableDino model) {
    Json recorded = fixture.json().get("check_values");
    int seen = 0;
    for (Map.Entry<String, Tensor> entry : model.stateDict().entrySet()) {
      String name = Formula.shortName(entry.getKey());
      if (recorded.has(name)) {
        seen++;
        double[] first = recorded.get(name).numbers();
        for (int i = 0; i < first.length; i++) {
          assertThat(entry.getValue().floats()[i]).as(name).isEqualTo((float) first[i]);
        }
      }
    }
    assertThat(seen).isEqualTo(recorded.keys().size());
  }

  /** Goes through the model as it does itself, comparing on the way. */
  private record Walk(Fixture fixture, StableDino model, Batch batch) {

    void check(String... stages) {
      List<Variable> maps = model.backbone().forward(Variable.constant(batch.images()));
      for (int i = 0; i < maps.size(); i++) {
        map("backbone." + stages[i], maps.get(i), BACKBONE, 0);
      }
      List<Variable> levels = model.neck().forward(maps);
      for (int i = 0; i < levels.size(); i++) {
        map("neck." + i, levels.get(i), 0, TOKENS);
      }
      TokenLayout layout = StableDino.layout(levels, batch.images(), batch.sizes());
      Variable tokens = Transformer.tokens(levels);
      List<Variable> states = model.transformer().encode(tokens, layout, layout.padding());
      for (int i = 1; i < states.size() - 1; i++) {
        near("encoder.layer" + (i - 1), states.get(i), TOKENS);
      }
      near("encoder.memory", states.getLast(), TOKENS);
      decode(layout, states.getLast());
    }

    private void decode(TokenLayout layout, Variable memory) {
      QuerySelection selection = model.transformer().selection();
      Proposals proposals = Proposals.of(layout);
      near("two_stage.enc_class_all", selection.scores(memory, proposals), TOKENS);
      Tensor all = Tensor.of(IntStream.range(0, memory.dim(1)).toArray(), 1, memory.dim(1));
      near("two_stage.enc_coord_all", selection.at(memory, proposals, all).boxes(), BOXES);

      Tensor order = fixture.indices("topk_indices");
      int[] ours = selection.select(memory, proposals).indices().ints();
      assertThat(Arrays.copyOf(ours, order.size()))
          .as("the set of selected tokens")
          .containsExactlyInAnyOrder(Arrays.copyOf(order.ints(), order.size()));
      Selection selected = selection.at(memory, proposals, order);
      near("two_stage.target_unact", selected.features(), TOKENS);
      near("two_stage.topk_coords", selected.boxes(), BOXES);
      whole("init_reference", selected.boxes(), BOXES);

      DeformableDecoder decoder = model.transformer().decoder();
      DeformableDecoder.Context context =
          new DeformableDecoder.Context(memory, layout, layout.padding(), null, Probe.NONE);
      Variable content = model.transformer().content(layout.batch());
      Variable x = content;
      Variable reference = selected.boxes();
      for (int layer = 0; layer < model.config().transformer().decoderLayers(); layer++) {
        x = decoder.layer(layer, x, reference.data(), context);
        near("decoder.layer" + layer + ".output_prenorm", x, STATES);
        near("decoder.layer" + layer + ".state", decoder.normalise(x), STATES);
        Variable logit = Ops.inverseSigmoid(reference, Proposals.LOGIT_EPSILON);
        reference = decoder.refine(layer, x, logit);
        near("decoder.layer" + layer + ".reference", reference, BOXES);
      }
      Prediction found =
          decoder.forward(content, selected.boxes().data(), context, false).getLast();
      whole("pred_logits", found.logits(), STATES);
      whole("pred_boxes", found.boxes(), BOXES);
      checkBest(found);
    }

    /** The scores of the 300 best pairs of query and class, best first. */
    private void checkBest(Prediction found) {
      float[] scores = Ops.sigmoid(found.logits()).data().toFloats();
      Tensor recorded = fixture.tensor("final_topk_scores");
      float[] atPairs = new float[recorded.size()];
      int[] pairs = fixture.indices("final_topk_flat_indices").ints();
      for (int i = 0; i < atPairs.length; i++) {
        atPairs[i] = scores[pairs[i]];
      }
      float[] best = new float[recorded.size()];
      Arrays.sort(scores);
      for (int i = 0; i < best.length; i++) {
        best[i] = scores[scores.length - 1 - i];
      }
      int[] shape = recorded.shape().dims();
      Close.check("scores of the recorded pairs", recorded, Tensor.of(atPairs, shape), 0, SCORES);
      Close.check("the best scores", recorded, Tensor.of(best, shape), 0, SCORES);
    }

    private void map(String name, Variable actual, double relative, double absolute) {
      samples(name, Layouts.toNchw(actual.data()), relative, absolute);
    }

    private void near(String name, Variable actual, double absolute) {
      samples(name, actual.data(), 0, absolute);
    }

    private void whole(String name, Variable actual, double absolute) {
      Close.check(name, fixture.tensor(name), actual.data(), 0, absolute);
    }

    private void samples(String name, Tensor actual, double relative, double absolute) {
      Json recorded = fixture.json().get("tensors").get(name);
      assertThat(actual.shape().dims()).as(name).isEqualTo(recorded.get("shape").integers());
      float[] values = actual.toFloats();
      int[] at = fixture.indices("sample_index." + name).ints();
      float[] sampled = new float[at.length];
      for (int i = 0; i < at.length; i++) {
        sampled[i] = values[at[i]];
      }
      double tolerance = relative * recorded.get("abs_max").number() + absolute;
      Close.check(name, fixture.tensor("sample." + name), Tensor.of(sampled), 0, tolerance);
      double mean = 0;
      for (float value : values) {
        mean += Math.abs(value) / (double) values.length;
      }
      Close.check(name + ": mean size", recorded.get("abs_mean").number(), mean, 1e-4);
    }
  }
}
