package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.Evaluation;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.MetricsJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Evaluates a trained detector on a COCO-format data set. */
@Command(
    name = "eval",
    description = "Evaluate a trained detector with COCO's metrics.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino eval --checkpoint runs/a --data coco/ --out runs/a/eval",
      "  ./stable-dino eval --checkpoint runs/a --data coco/ --out runs/a/end-to-end \\",
      "      model.postProcessor.nmsThreshold=1",
      "  ./stable-dino eval --weights model_final.pth --config stable-dino-r50-4scale-12ep \\",
      "      --data coco/ --out published compat=released",
    })
final class EvalCommand implements Callable<Integer> {

  @Mixin private DetectorOption detectorOption;

  @Option(names = "--data", required = true, description = "Folder of the data set.")
  private Path data;

  @Option(
      names = "--split",
      defaultValue = "val",
      description = "Which part of it (default: ${DEFAULT-VALUE}).")
  private String split;

  @Option(
      names = "--out",
      required = true,
      description = "Where metrics.json and detections.json go.")
  private Path out;

  @Option(names = "--per-class", description = "Print a line for each class, too.")
  private boolean perClass;

  @Option(
      names = "--boxes",
      paramLabel = "refuse|drop|keep",
      defaultValue = "keep",
      description =
          "What to do where a box of the ground truth is not wider and higher than zero: refuse the"
              + " data set, leave such boxes out, or keep them as pycocotools does (default:"
              + " ${DEFAULT-VALUE}).")
  private BoxPolicy boxes;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "key=value", description = "Replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    device.open();
    DataSource source = new CocoFolder(data).open(split, boxes, Warnings.refuseErrors(System.err));
    ModelFile.Loaded detector =
        detectorOption.open(null, Overrides.parse(arguments), source.dataset().categories());
    detector.requireCategoriesOf(source.dataset());
    RunFolder folder = new RunFolder(out).requireWritable();
    Evaluation.Result result;
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      result = Evaluation.run(detector.model(), detector.config(), source, progress);
    }
    folder.writeConfig(detector.config().flatten());
    MetricsJson.write(folder.metrics(), result.metrics());
    CocoResults.write(folder.detections(), result.detections());
    System.out.print(result.metrics().summary());
    if (perClass) {
      System.out.print(result.metrics().classTable());
    }
    return 0;
  }
}
