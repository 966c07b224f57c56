package org.stabledino.detection.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.stabledino.detection.config.DataConfig;
import org.stabledino.detection.config.TrainConfig;
import org.stabledino.detection.data.Augmentation;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CounterRandom;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.DetrAugmentation;
import org.stabledino.detection.data.EpochOrder;
import org.stabledino.detection.data.EvaluationResize;
import org.stabledino.detection.data.FixedSizeAugmentation;
import org.stabledino.detection.data.FixedSizeResize;
import org.stabledino.detection.data.ImageSource;
import org.stabledino.detection.data.LargeScaleJitter;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.data.SampleMapper;
import org.stabledino.detection.data.ShortestEdge;
import org.stabledino.detection.data.TrainingStream;
import org.stabledino.detection.data.TransformChain;

/** The streams of samples a configuration asks for. */
public final class Pictures {
  /** Batches that may be ready before they are needed. */
  private static final int BATCHES_AHEAD = 8;

  private static final long MEGABYTE = 1 << 20;

  private Pictures() {}

  /**
   * The batches of a training run. Batch i is the same whatever came before, so that a resumed run
   * starts at its step.
   *
   * @param source pictures and annotations
   * @param data how pictures are augmented
   * @param train batch size, seed and length
   * @param firstStep the step to start at
   * @return the stream, to be closed
   */
  static PrefetchLoader<List<Sample>> training(
      DataSource source, DataConfig data, TrainConfig train, long firstStep) {
    int[] images = source.dataset().requireTrainableImages();
    EpochOrder order =
        data.groupByAspectRatio()
            ? EpochOrder.groupedByShape(source.dataset(), images, train.batchSize(), train.seed())
            : EpochOrder.shuffled(images, train.seed());
    SampleMapper mapper =
        new SampleMapper(
            source.dataset(),
            ImageSource.cached(source, data.cacheMegabytes() * MEGABYTE),
            trainingAugmentation(data),
            data.minVisible());
    TrainingStream stream = new TrainingStream(order, mapper, train.seed());
    return new PrefetchLoader<>(
        step ->
            LongStream.range(0, train.batchSize())
                .mapToObj(i -> stream.sample(step * train.batchSize() + i))
                .toList(),
        firstStep,
        train.steps(),
        data.workers(),
        BATCHES_AHEAD);
  }

  /**
   * All pictures of a data set once, as evaluation sees them, in batches of one size: padding would
   * change what a backbone sees at the border, and with it the detections. Batches come in the
   * order of their first pictures; smaller ones where the pictures of a size run out.
   *
   * @param source pictures and annotations
   * @param data how pictures are resized
   * @param batchSize most pictures in a batch
   * @return the stream, to be closed
   */
  static PrefetchLoader<List<Sample>> evaluation(
      DataSource source, DataConfig data, int batchSize) {
    Augmentation resize = evaluationAugmentation(data);
    SampleMapper mapper = new SampleMapper(source.dataset(), ImageSource.decoding(source), resize);
    List<List<Integer>> batches = batchesOfOneSize(source.dataset().images(), resize, batchSize);
    return new PrefetchLoader<>(
        batch ->
            batches.get((int) batch).stream()
                .map(index -> mapper.map(index, new CounterRandom(0, 0, index)))
                .toList(),
        0,
        batches.size(),
        data.workers(),
        BATCHES_AHEAD);
  }

  private static List<List<Integer>> batchesOfOneSize(
      List<CocoDataset.Image> images, Augmentation resize, int batchSize) {
    List<List<Integer>> batches = new ArrayList<>();
    Map<ShortestEdge.Size, List<Integer>> open = new HashMap<>();
    for (int i = 0; i < images.size(); i++) {
      CocoDataset.Image image = images.get(i);
      TransformChain chain =
          resize.decide(image.width(), image.height(), new CounterRandom(0, 0, i));
      ShortestEdge.Size size = new ShortestEdge.Size(chain.outHeight(), chain.outWidth());
      List<Integer> batch = open.get(size);
      if (batch == null || batch.size() == batchSize) {
        batch = new ArrayList<>();
        open.put(size, batch);
        batches.add(batch);
      }
      batch.add(i);
    }
    return batches;
  }

  private static Augmentation trainingAugmentation(DataConfig data) {
    return switch (data.augmentation()) {
      case DETR -> {
        DetrAugmentation official = DetrAugmentation.official();
        yield new DetrAugmentation(
            data.shortEdges().stream().mapToInt(Integer::intValue).toArray(),
            data.maxSize(),
            official.cropShortSides(),
            official.cropMin(),
            official.cropMax());
      }
      case LSJ -> LargeScaleJitter.official(data.height(), data.width());
      case FIXED ->
          new FixedSizeAugmentation(
              data.height(),
              data.width(),
              data.horizontalFlip(),
              data.verticalFlip(),
              data.zoomProbability(),
              data.zoomMin(),
              data.zoomMax());
    };
  }

  /**
   * One picture of a data set as evaluation sees it.
   *
   * @param source pictures and annotations
   * @param data how pictures are resized
   * @param imageIndex position in the data set
   * @return the picture and its boxes
   */
  public static Sample evaluationSample(DataSource source, DataConfig data, int imageIndex) {
    return new SampleMapper(
            source.dataset(), ImageSource.decoding(source), evaluationAugmentation(data))
        .map(imageIndex, new CounterRandom(0, 0, imageIndex));
  }

  /** The resizing of evaluation and detection. */
  static Augmentation evaluationAugmentation(DataConfig data) {
    return switch (data.augmentation()) {
      case DETR, LSJ -> new EvaluationResize(data.evaluationShortEdge(), data.maxSize());
      case FIXED -> new FixedSizeResize(data.height(), data.width());
    };
  }
}
