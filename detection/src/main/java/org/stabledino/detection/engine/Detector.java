package org.stabledino.detection.engine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stabledino.detection.data.CounterRandom;
import org.stabledino.detection.data.ImageDecoder;
import org.stabledino.detection.data.RgbImage;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.data.TransformChain;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.detection.postprocess.Detections;
import org.stabledino.detection.report.BoxPainter;
import org.stabledino.detection.report.LabelledBox;
import org.stabledino.detection.report.PngFile;
import org.stabledino.tensor.profile.Profile;

/**
 * A trained detector for single pictures.
 *
 * {@snippet :
 * Detector detector = new Detector(ModelFile.read(Path.of("runs/demo"), Map.of()));
 * Detections found = detector.detect(ImageDecoder.read(Path.of("photo.jpg")));
 * }
 */
public final class Detector {
  private final ModelFile.Loaded loaded;
  private final BoxPainter painter;
  private Profiling profiling = Profiling.NONE;

  /**
   * A detector.
   *
   * @param loaded what {@link ModelFile#read} returned
   */
  public Detector(ModelFile.Loaded loaded) {
    this.loaded = loaded;
    this.painter =
        new BoxPainter(loaded.categories().stream().map(category -> category.name()).toList());
  }

  /**
   * Measures the files to come.
   *
   * @param files how many there will be
   * @return the measurement, which {@link #detect(Path, long, double, Path, DetectionList)} fills
   */
  public Profiling profile(int files) {
    profiling = Profiling.of(loaded.model(), files);
    return profiling;
  }

  /**
   * Detects on one picture.
   *
   * @param image the picture
   * @return detections in its pixels, best first
   */
  public Detections detect(RgbImage image) {
    TransformChain chain =
        Pictures.evaluationAugmentation(loaded.config().data())
            .decide(image.width(), image.height(), new CounterRandom(0, 0, 0));
    Sample sample;
    try (Profile.Visit _ = Profile.phase("resize")) {
      sample =
          new Sample(
              0,
              chain.apply(image),
              new float[0],
              new int[0],
              new long[0],
              image.width(),
              image.height());
    }
    return Evaluation.detect(
            loaded.model(), List.of(sample), List.of(loaded.config().model().postProcessor()))
        .getFirst()
        .getFirst();
  }

  /**
   * Detects on a file, writes an annotated copy, and notes the detections.
   *
   * @param file the picture
   * @param imageId what the results call it
   * @param minScore detections below are neither drawn nor counted, but noted
   * @param painted where the annotated copy goes; a PNG file
   * @param results takes the detections as COCO results
   * @return how many reached the score
   */
  public int detect(Path file, long imageId, double minScore, Path painted, DetectionList results) {
    try (Profile.Recording _ = profiling.next()) {
      return detectAndDraw(file, imageId, minScore, painted, results);
    }
  }

  private int detectAndDraw(
      Path file, long imageId, double minScore, Path painted, DetectionList results) {
    RgbImage image;
    try (Profile.Visit _ = Profile.phase("decode")) {
      image = ImageDecoder.read(file);
    }
    Detections detections = detect(image);
    Evaluation.add(results, imageId, loaded.categories(), detections);
    List<LabelledBox> boxes = new ArrayList<>();
    for (int i = 0; i < detections.count(); i++) {
      if (detections.scores()[i] >= minScore) {
        float[] corners = detections.boxesXyxy();
        boxes.add(
            new LabelledBox(
                corners[4 * i],
                corners[4 * i + 1],
                corners[4 * i + 2] - corners[4 * i],
                corners[4 * i + 3] - corners[4 * i + 1],
                detections.labels()[i],
                detections.scores()[i]));
      }
    }
    try (Profile.Visit _ = Profile.phase("draw")) {
      PngFile.write(painter.paint(RunReport.toBuffered(image), boxes, List.of()), painted);
    }
    return boxes.size();
  }
}
