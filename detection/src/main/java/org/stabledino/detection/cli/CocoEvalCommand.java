package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.Problem;
import org.stabledino.detection.evaluation.CocoEvaluator;
import org.stabledino.detection.evaluation.CocoGroundTruth;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.MaskGroundTruth;
import org.stabledino.detection.evaluation.MetricsJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** COCO metrics of a results file, equal to those of pycocotools. */
@Command(
    name = "coco-eval",
    description = "Print the COCO metrics of a detection results file.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExample:%n",
    footer =
        "  ./stable-dino coco-eval --gt instances_val.json --dt detections.json --json metrics.json")
final class CocoEvalCommand implements Callable<Integer> {

  /** What is compared. */
  enum IouType {
    /** Boxes. */
    BBOX,
    /** Masks. */
    SEGM
  }

  @Option(names = "--gt", required = true, description = "Ground truth, COCO annotation JSON.")
  private Path groundTruth;

  @Option(names = "--dt", required = true, description = "Detections, COCO results JSON.")
  private Path detections;

  @Option(
      names = "--type",
      defaultValue = "bbox",
      paramLabel = "bbox|segm",
      description = "What is compared: boxes or masks (default: ${DEFAULT-VALUE}).")
  private IouType type;

  @Option(names = "--json", description = "Where to write the figures as JSON.")
  private Path json;

  @Option(names = "--per-class", description = "Print a line for each class, too.")
  private boolean perClass;

  @Override
  public Integer call() {
    CocoDataset dataset = CocoDataset.read(groundTruth, BoxPolicy.KEEP, Problem.refuse());
    CocoMetrics metrics =
        switch (type) {
          case BBOX -> {
            CocoGroundTruth truth = CocoGroundTruth.of(dataset);
            yield CocoEvaluator.evaluate(truth, CocoResults.read(detections, truth));
          }
          case SEGM -> {
            MaskGroundTruth truth = MaskGroundTruth.of(dataset);
            yield CocoEvaluator.evaluate(truth, CocoResults.readMasks(detections, truth));
          }
        };
    System.out.print(metrics.summary());
    if (perClass) {
      System.out.print(metrics.classTable());
    }
    if (json != null) {
      MetricsJson.write(json, Map.of(type.name().toLowerCase(Locale.ROOT), metrics));
    }
    return 0;
  }
}
