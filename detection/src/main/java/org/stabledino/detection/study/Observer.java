package org.stabledino.detection.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.ImageDecoder;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.engine.Batch;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.Pictures;
import org.stabledino.detection.engine.RunReport;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Probe;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.detection.study.Observation.DecoderLayer;
import org.stabledino.detection.study.Observation.Denoising;
import org.stabledino.detection.study.Observation.Level;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/** Watches a detector look at one picture. */
public final class Observer {
  private Observer() {}

  /**
   * Runs a detector over a picture, once as in evaluation and once with denoising queries as in
   * training, and keeps what it saw.
   *
   * @param detector the detector
   * @param source picture and ground truth
   * @param imageIndex position in the data set
   * @return all that the figures need
   * @throws UserException if the picture has no ground truth, or the detector's numbers are not
   *     finite
   */
  public static Observation observe(ModelFile.Loaded detector, DataSource source, int imageIndex) {
    Sample sample = Pictures.evaluationSample(source, detector.config().data(), imageIndex);
    if (sample.size() == 0) {
      throw new UserException(
          "%s has no annotation that can be matched; choose another with --image"
              .formatted(source.imageFile(imageIndex)));
    }
    StableDino model = detector.model();
    StableDinoConfig config = model.config();
    Notes notes = new Notes();
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Batch batch = Batch.of(List.of(sample));
      ModelOutput output = model.observe(batch.images(), batch.sizes(), null, notes);
      return new Observation(
          RunReport.toBuffered(ImageDecoder.read(source.imageFile(imageIndex))),
          source.dataset().images().get(imageIndex).fileName(),
          sample.imageId(),
          detector.categories().stream().map(Category::name).toList(),
          batch.targets().getFirst(),
          Head.of(output).stream().map(head -> copy(head, source, imageIndex)).toList(),
          List.copyOf(notes.layers),
          notes.levels,
          config.matching(),
          denoising(model, batch, detector.config().train().seed()));
    }
  }

  /** Tensors that outlive the pass. */
  private static Head copy(Head head, DataSource source, int imageIndex) {
    Predictions predictions = head.predictions();
    float[] logits = predictions.logits().toFloats();
    float[] boxes = predictions.boxes().toFloats();
    requireFinite(logits, source, imageIndex);
    requireFinite(boxes, source, imageIndex);
    return Scope.outsideAll(
        () ->
            new Head(
                head.name(),
                Predictions.all(
                    Tensor.of(logits, predictions.logits().shape().dims()),
                    Tensor.of(boxes, predictions.boxes().shape().dims()))));
  }

  private static void requireFinite(float[] values, DataSource source, int imageIndex) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        throw notFinite("the detector", source.imageFile(imageIndex));
      }
    }
  }

  /** Weights that no picture can be explained with. */
  static UserException notFinite(String detector, Path picture) {
    return new UserException(
        "%s predicts numbers that are not finite on %s: its weights are damaged or have diverged; use others, such as an earlier checkpoint's"
            .formatted(detector, picture));
  }

  /** The denoising queries of the run's first step, if it had taken this picture. */
  private static Denoising denoising(StableDino model, Batch batch, long seed) {
    StableDinoConfig config = model.config();
    List<Targets> targets = batch.targets();
    DenoisingQueries queries =
        DenoisingQueries.of(
            config.denoising(),
            config.numClasses(),
            config.transformer().numQueries(),
            targets,
            DenoisingNoise.of(seed, 0, batch.imageIds()));
    if (queries == null) {
      return null;
    }
    int count = queries.layout().queries();
    float[] noisy = new float[4 * count];
    Tensor logits = queries.boxes();
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] = (float) (1 / (1 + Math.exp(-logits.floats()[logits.offset() + i])));
    }
    ModelOutput output = model.forward(batch.images(), batch.sizes(), queries);
    Tensor boxes = output.last().boxes().data().to(Device.CPU);
    float[] restored = new float[4 * count];
    System.arraycopy(boxes.floats(), boxes.offset(), restored, 0, restored.length);
    int[] labels = new int[count];
    System.arraycopy(queries.labels().ints(), queries.labels().offset(), labels, 0, count);
    Tensor mask = queries.blocked();
    byte[] blocked = new byte[mask.size()];
    System.arraycopy(mask.bytes(), mask.offset(), blocked, 0, blocked.length);
    return new Denoising(queries.layout(), labels, noisy, restored, blocked);
  }

  /** Copies what passes by. */
  private static final class Notes implements Probe {
    private final List<DecoderLayer> layers = new ArrayList<>();
    private List<Level> levels = List.of();
    private float[] references;

    @Override
    public void selected(Levels extents, Tensor tokens, Tensor boxes) {
      levels =
          IntStream.range(0, extents.count())
              .mapToObj(i -> new Level(extents.heights()[i], extents.widths()[i]))
              .toList();
    }

    @Override
    public void references(int layer, Tensor boxes) {
      references = boxes.toFloats();
    }

    @Override
    public void sampled(int layer, Levels extents, Tensor locations, Tensor weights) {
      layers.add(
          new DecoderLayer(
              references,
              weights.dim(2),
              weights.dim(4),
              locations.toFloats(),
              weights.toFloats()));
    }
  }
}
