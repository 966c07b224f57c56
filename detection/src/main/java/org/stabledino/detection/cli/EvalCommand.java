package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.Evaluation;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.Profiling;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.MetricsJson;
import org.stabledino.tensor.Device;
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
      "  ./stable-dino eval --checkpoint runs/a --data coco/ --out runs/a/eval --nms off,0.8",
      "  ./stable-dino eval --weights model_final.pth --config stable-dino-r50-4scale-12ep \\",
      "      --data coco/ --out published compat=released",
    })
final class EvalCommand implements Callable<Integer> {
  private static final String NMS = "model.postProcessor.nmsThreshold";

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

  @Option(
      names = "--nms",
      split = ",",
      paramLabel = "off|T",
      description =
          "Suppress duplicates of a class beyond this IoU, or not at all. Several, such as off,0.8,"
              + " are evaluated side by side with one pass of the network, each into a folder"
              + " nms-off, nms-0.8 of its own (default: as the model's configuration says).")
  private List<String> nms = new ArrayList<>();

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

  @Mixin private ProfileOption profile;

  @Parameters(paramLabel = "key=value", description = "Replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    List<String> settings = nms.stream().map(EvalCommand::threshold).toList();
    profile.requireCpu(device);
    Device target = device.open();
    DataSource source = new CocoFolder(data).open(split, boxes, Warnings.refuseErrors(System.err));
    ModelFile.Loaded detector =
        detectorOption.open(
            null, Overrides.parseForInference(arguments), source.dataset().categories());
    detector.requireCategoriesOf(source.dataset());
    detector.on(target);
    RunFolder folder = new RunFolder(out).requireNoRun("eval").requireWritable();
    List<RunConfig> configs =
        settings.isEmpty()
            ? List.of(detector.config())
            : settings.stream().map(t -> detector.config().with(Map.of(NMS, t))).toList();
    Profiling profiling =
        profile.wanted()
            ? Evaluation.profile(detector.model(), detector.config(), source)
            : Profiling.NONE;
    List<Evaluation.Result> results;
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      results =
          Evaluation.run(
              detector.model(),
              detector.config(),
              source,
              configs.stream().map(config -> config.model().postProcessor()).toList(),
              progress,
              profiling);
    }
    for (int i = 0; i < results.size(); i++) {
      CocoMetrics metrics = results.get(i).metrics();
      boolean several = nms.size() > 1;
      RunFolder part = several ? new RunFolder(out.resolve("nms-" + nms.get(i))) : folder;
      part.writeConfig(configs.get(i).flatten());
      MetricsJson.write(part.metrics(), metrics);
      CocoResults.write(part.detections(), results.get(i).detections());
      if (several) {
        System.out.println("NMS " + nms.get(i) + ":");
      }
      System.out.print(metrics.summary());
      if (perClass) {
        System.out.print(metrics.classTable());
      }
    }
    profile.show(
        System.out::println, folder, "eval on " + source.dataset().file(), "batch", profiling);
    return 0;
  }

  /** The setting's value for a value of {@code --nms}. */
  private static String threshold(String value) {
    if (value.equals("off")) {
      return "1";
    }
    try {
      double threshold = Double.parseDouble(value);
      if (threshold >= 0 && threshold < 1) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Falls through to the same answer as a number out of range.
    }
    throw new UserException(
        "--nms %s: give off, or the largest IoU of two detections of a class, 0 to below 1"
            .formatted(value));
  }
}
