package org.stabledino.detection.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.evaluation.CocoEvaluator;
import org.stabledino.detection.evaluation.CocoGroundTruth;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.postprocess.Detections;
import org.stabledino.detection.postprocess.PostProcessor;
import org.stabledino.tensor.Scope;

/** Runs a detector over a data set and scores what it finds. */
public final class Evaluation {

  /**
   * What came out.
   *
   * @param metrics COCO's figures
   * @param detections all detections, in pixels of the original pictures
   */
  public record Result(CocoMetrics metrics, DetectionList detections) {}

  private Evaluation() {}

  /**
   * Evaluates on every picture of a data set.
   *
   * @param model the detector; its training mode is restored afterwards
   * @param config how pictures are resized and detections made
   * @param source pictures and ground truth
   * @param listener hears of the progress
   * @return figures and detections
   */
  public static Result run(
      StableDino model, RunConfig config, DataSource source, RunListener listener) {
    return run(model, config, source, listener, () -> false).orElseThrow();
  }

  /**
   * Evaluates on every picture of a data set, unless told to stop.
   *
   * @param model the detector; its training mode is restored afterwards
   * @param config how pictures are resized and detections made
   * @param source pictures and ground truth
   * @param listener hears of the progress
   * @param stop asked before each batch
   * @return figures and detections; nothing if it was stopped
   */
  static Optional<Result> run(
      StableDino model,
      RunConfig config,
      DataSource source,
      RunListener listener,
      BooleanSupplier stop) {
    DetectionList found = new DetectionList();
    List<Category> categories = source.dataset().categories();
    int total = source.dataset().images().size();
    boolean training = model.training();
    model.train(false);
    try (PrefetchLoader<Sample> samples = Pictures.evaluation(source, config.data())) {
      int done = 0;
      while (samples.hasNext()) {
        if (stop.getAsBoolean()) {
          return Optional.empty();
        }
        List<Sample> batch = new ArrayList<>();
        while (batch.size() < config.eval().batchSize() && samples.hasNext()) {
          batch.add(samples.next());
        }
        List<Detections> detections = detect(model, batch, config.model().postProcessor());
        for (int i = 0; i < batch.size(); i++) {
          add(found, batch.get(i).imageId(), categories, detections.get(i));
        }
        done += batch.size();
        listener.evaluating(done, total);
      }
    } finally {
      model.train(training);
    }
    CocoMetrics metrics = CocoEvaluator.evaluate(CocoGroundTruth.of(source.dataset()), found);
    return Optional.of(new Result(metrics, found));
  }

  /**
   * Detects on a batch.
   *
   * @param model the detector
   * @param samples pictures as evaluation sees them
   * @param postProcessor makes detections of predictions
   * @return detections of each picture, in pixels of the original
   */
  static List<Detections> detect(
      StableDino model, List<Sample> samples, PostProcessor postProcessor) {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Batch batch = Batch.of(samples);
      Prediction prediction = model.detect(batch.images(), batch.sizes());
      List<Detections> detections =
          postProcessor.detect(
              prediction.logits().data(),
              prediction.boxes().data(),
              batch.sizes().heights(),
              batch.sizes().widths());
      List<Detections> result = new ArrayList<>();
      for (int i = 0; i < samples.size(); i++) {
        Sample sample = samples.get(i);
        result.add(
            PostProcessor.toOriginal(
                detections.get(i),
                batch.sizes().heights()[i],
                batch.sizes().widths()[i],
                sample.originalHeight(),
                sample.originalWidth()));
      }
      return result;
    }
  }

  /** Adds a picture's detections as COCO writes them: (x, y, width, height). */
  static void add(
      DetectionList list, long imageId, List<Category> categories, Detections detections) {
    for (int i = 0; i < detections.count(); i++) {
      float[] boxes = detections.boxesXyxy();
      float x = boxes[4 * i];
      float y = boxes[4 * i + 1];
      list.add(
          imageId,
          categories.get(detections.labels()[i]).id(),
          x,
          y,
          boxes[4 * i + 2] - x,
          boxes[4 * i + 3] - y,
          detections.scores()[i]);
    }
  }
}
