package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.detection.model.QuerySelection.Selection;
import org.stabledino.detection.model.TinyModel.Batch;
import org.stabledino.detection.postprocess.Detections;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.nn.testing.Layouts;
import org.stabledino.tensor.Tensor;

/** The whole model at evaluation, stage by stage, against the published one. */
@Tag("parity")
class StableDinoEvaluationParityTest {
  private static final double FEATURES = 2e-4;
  private static final double LOGITS = 1e-4;
  private static final double BOXES = 1e-5;

  @ParameterizedTest
  @CsvSource({
    "stable, batch", "stable, single0", "stable, single1",
    "baseline, batch", "baseline, single0", "baseline, single1",
    "simple_fusion, batch", "simple_fusion, single0", "simple_fusion, single1"
  })
  void everyStage(String system, String run) {
    try (Fixture fixture = Fixtures.open("model_tiny/" + system + "/eval");
        GradMode _ = GradMode.noGrad()) {
      StableDinoConfig config = TinyModel.config(fixture.json().get("config"));
      StableDino model = TinyModel.load(system, config);
      int[] which =
          run.equals("batch")
              ? IntStream.range(0, fixture.json().get("images").size()).toArray()
              : new int[] {Integer.parseInt(run.substring("single".length()))};
      Walk walk = new Walk(fixture, run + ".", model, Batch.of(fixture, which));
      walk.check();
      Prediction direct = model.detect(walk.batch.images(), walk.batch.sizes());
      walk.checkPrediction(direct);
      walk.checkDetections(direct, which);
    }
  }

  /** Goes through the model as it does itself, comparing on the way. */
  private record Walk(Fixture fixture, String prefix, StableDino model, Batch batch) {

    void check() {
      Tensor images = batch.images();
      List<Variable> maps = model.backbone().forward(Variable.constant(images));
      for (int i = 0; i < maps.size(); i++) {
        map("backbone.res" + (3 + i), maps.get(i), 2e-5);
      }
      List<Variable> levels = model.neck().forward(maps);
      for (int i = 0; i < levels.size(); i++) {
        map("neck." + i, levels.get(i), 0);
      }
      ValidSizes full = ValidSizes.full(images.dim(0), images.dim(1), images.dim(2));
      TokenLayout layout = StableDino.layout(levels, images, full);
      Variable tokens = Transformer.tokens(levels);
      List<Variable> states = model.transformer().encode(tokens, layout, null);
      for (int i = 1; i < states.size() - 1; i++) {
        near("encoder.layer" + (i - 1), states.get(i), FEATURES);
      }
      // The published simple fusion is no part of the encoder, whose result is recorded.
      boolean outside = model.config().transformer().fusion() == Fusion.SIMPLE;
      near("encoder.memory", states.get(states.size() - (outside ? 2 : 1)), FEATURES);
      decode(layout, states.getLast());
    }

    private void decode(TokenLayout layout, Variable memory) {
      QuerySelection selection = model.transformer().selection();
      Proposals proposals = Proposals.of(layout);
      near("two_stage.enc_class_all", selection.scores(memory, proposals), LOGITS);
      Selection selected = selection.select(memory, proposals);
      assertThat(selected.indices().ints())
          .startsWith(fixture.indices(prefix + "two_stage.topk_indices").ints());
      near("two_stage.target_unact", selected.features(), FEATURES);
      near("two_stage.topk_coords", selected.boxes(), BOXES);
      near("two_stage.init_reference", selected.boxes(), BOXES);

      DeformableDecoder decoder = model.transformer().decoder();
      DeformableDecoder.Context context =
          new DeformableDecoder.Context(memory, layout, null, null, Probe.NONE);
      Variable x = model.transformer().content(layout.batch());
      Variable reference = selected.boxes();
      for (int layer = 0; layer < model.config().transformer().decoderLayers(); layer++) {
        x = decoder.layer(layer, x, reference.data(), context);
        near("decoder.layer" + layer + ".output_prenorm", x, FEATURES);
        near("decoder.layer" + layer + ".state", decoder.normalise(x), FEATURES);
        Variable logit = Ops.inverseSigmoid(reference, Proposals.LOGIT_EPSILON);
        reference = decoder.refine(layer, x, logit);
        near("decoder.layer" + layer + ".reference", reference, BOXES);
      }
    }

    void checkPrediction(Prediction prediction) {
      near("pred_logits", prediction.logits(), LOGITS);
      near("pred_boxes", prediction.boxes(), BOXES);
    }

    void checkDetections(Prediction prediction, int[] which) {
      Json original = fixture.json().get("original_sizes");
      for (String nms : List.of("det", "det_nms0.8", "det_nms0.3")) {
        double threshold =
            nms.equals("det") ? 1 : Double.parseDouble(nms.substring("det_nms".length()));
        int topK = model.config().postProcessor().topK();
        List<Detections> found =
            new PostProcessor(topK, threshold, 0)
                .detect(
                    prediction.logits().data(),
                    prediction.boxes().data(),
                    batch.sizes().heights(),
                    batch.sizes().widths());
        for (int i = 0; i < which.length; i++) {
          int[] size = original.get(which[i]).integers();
          Detections scaled =
              PostProcessor.toOriginal(
                  found.get(i),
                  batch.sizes().heights()[i],
                  batch.sizes().widths()[i],
                  size[0],
                  size[1]);
          checkDetections(nms + "." + i, scaled);
        }
      }
    }

    /** Of neighbours in score closer than the noise either may come first. */
    private void checkDetections(String name, Detections found) {
      float[] scores = fixture.tensor(prefix + name + ".scores").toFloats();
      int[] labels = fixture.indices(prefix + name + ".labels").ints();
      float[] boxes = fixture.tensor(prefix + name + ".boxes").toFloats();
      assertThat(found.count()).as(name).isEqualTo(scores.length);
      for (int i = 0; i < scores.length; i++) {
        Close.check(name + ".scores " + i, scores[i], found.scores()[i], 1e-5);
        boolean apart =
            (i == 0 || scores[i - 1] - scores[i] > 4e-6)
                && (i + 1 == scores.length || scores[i] - scores[i + 1] > 4e-6);
        if (apart) {
          assertThat(found.labels()[i]).as(name + ".labels " + i).isEqualTo(labels[i]);
          for (int c = 4 * i; c < 4 * i + 4; c++) {
            assertThat(found.boxesXyxy()[c])
                .as(name + ".boxes " + i)
                .isCloseTo(boxes[c], within(5e-3f));
          }
        }
      }
    }

    private void map(String name, Variable actual, double relative) {
      Tensor nchw = Layouts.toNchw(actual.data());
      Close.check(name, fixture.tensor(prefix + name), nchw, relative, FEATURES);
    }

    private void near(String name, Variable actual, double absolute) {
      if (fixture.has(prefix + name)) {
        Close.check(name, fixture.tensor(prefix + name), actual.data(), 0, absolute);
      }
    }
  }
}
