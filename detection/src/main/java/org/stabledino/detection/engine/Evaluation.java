package org.stabledino.detection.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset;
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
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;

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
    List<PostProcessor> postProcessors = List.of(config.model().postProcessor());
    return run(model, config, source, postProcessors, listener, stop, Profiling.NONE)
        .map(List::getFirst);
  }

  /**
   * Evaluates several ways of making detections of the same predictions: the network runs once.
   *
   * @param model the detector; its training mode is restored afterwards
   * @param config how pictures are resized
   * @param source pictures and ground truth
   * @param postProcessors how detections are made
   * @param listener hears of the progress
   * @return figures and detections of each of them
   */
  public static List<Result> run(
      StableDino model,
      RunConfig config,
      DataSource source,
      List<PostProcessor> postProcessors,
      RunListener listener) {
    return run(model, config, source, postProcessors, listener, Profiling.NONE);
  }

  /**
   * Evaluates, and measures where the time goes.
   *
   * @param model the detector; its training mode is restored afterwards
   * @param config how pictures are resized
   * @param source pictures and ground truth
   * @param postProcessors how detections are made
   * @param listener hears of the progress
   * @param profiling measures the batches; see {@link #profile}
   * @return figures and detections of each of them
   */
  public static List<Result> run(
      StableDino model,
      RunConfig config,
      DataSource source,
      List<PostProcessor> postProcessors,
      RunListener listener,
      Profiling profiling) {
    return run(model, config, source, postProcessors, listener, () -> false, profiling)
        .orElseThrow();
  }

  /**
   * A measurement of the batches of an evaluation.
   *
   * @param model the detector
   * @param config says how many pictures a batch holds
   * @param source the pictures
   * @return the measurement, nothing seen yet
   */
  public static Profiling profile(StableDino model, RunConfig config, DataSource source) {
    return Profiling.of(
        model, source.dataset().images().size() / Math.max(1, config.eval().batchSize()));
  }

  private static Optional<List<Result>> run(
      StableDino model,
      RunConfig config,
      DataSource source,
      List<PostProcessor> postProcessors,
      RunListener listener,
      BooleanSupplier stop,
      Profiling profiling) {
    CocoDataset dataset = source.dataset();
    int total = dataset.images().size();
    // By post-processor and image: batches come in another order than images stand in the file.
    Detections[][] found = new Detections[postProcessors.size()][total];
    boolean training = model.training();
    model.train(false);
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.evaluation(source, config.data(), config.eval().batchSize())) {
      int done = 0;
      while (batches.hasNext()) {
        if (stop.getAsBoolean()) {
          return Optional.empty();
        }
        List<Sample> batch;
        List<List<Detections>> detections;
        try (Profile.Recording _ = profiling.next()) {
          try (Profile.Visit _ = Profile.phase("waiting for data")) {
            batch = batches.next();
          }
          detections = detect(model, batch, postProcessors);
        }
        for (int i = 0; i < batch.size(); i++) {
          int image = dataset.imageIndex(batch.get(i).imageId());
          for (int p = 0; p < found.length; p++) {
            found[p][image] = detections.get(p).get(i);
          }
        }
        done += batch.size();
        listener.evaluating(done, total);
      }
    } finally {
      model.train(training);
    }
    CocoGroundTruth truth = CocoGroundTruth.of(dataset);
    List<Result> results = new ArrayList<>();
    for (Detections[] each : found) {
      DetectionList list = new DetectionList();
      for (int image = 0; image < total; image++) {
        add(list, dataset.images().get(image).id(), dataset.categories(), each[image]);
      }
      results.add(new Result(CocoEvaluator.evaluate(truth, list), list));
    }
    return Optional.of(results);
  }

  /**
   * Detects on a batch.
   *
   * @param model the detector
   * @param samples pictures as evaluation sees them
   * @param postProcessors make detections of predictions
   * @return by post-processor, detections of each picture, in pixels of the original
   */
  static List<List<Detections>> detect(
      StableDino model, List<Sample> samples, List<PostProcessor> postProcessors) {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Batch batch;
      Prediction prediction;
      try (Profile.Visit _ = Profile.phase("batch")) {
        batch = Batch.of(samples);
      }
      try (Profile.Visit _ = Profile.phase("forward")) {
        prediction = model.detect(batch.images(), batch.sizes());
      }
      try (Profile.Visit _ = Profile.phase("detections")) {
        Tensor logits = prediction.logits().data().to(Device.CPU);
        Tensor boxes = prediction.boxes().data().to(Device.CPU);
        return postProcessors.stream().map(p -> detections(logits, boxes, batch, p)).toList();
      }
    }
  }

  private static List<Detections> detections(
      Tensor logits, Tensor boxes, Batch batch, PostProcessor postProcessor) {
    int[] heights = batch.sizes().heights();
    int[] widths = batch.sizes().widths();
    List<Detections> found = postProcessor.detect(logits, boxes, heights, widths);
    List<Detections> result = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      Sample sample = batch.samples().get(i);
      result.add(
          PostProcessor.toOriginal(
              found.get(i),
              heights[i],
              widths[i],
              sample.originalHeight(),
              sample.originalWidth()));
    }
    return result;
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
