package org.stabledino.detection.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.study.Stability;
import org.stabledino.detection.study.StabilityAnalysis;
import org.stabledino.detection.study.StabilityReport;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures how often matched queries change from layer to layer. */
@Command(
    name = "unstable-score",
    description =
        "Measure the unstable score of trained detectors over a data set (paper, Sec. 2.4.3): the"
            + " percentage of ground truths whose matched query differs between adjacent heads.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino unstable-score --run runs/demo --data runs/demo-data",
      "  ./stable-dino unstable-score --run baseline=runs/dino --run stable=runs/demo \\",
      "      --data runs/demo-data --out runs/stability",
      "  ./stable-dino unstable-score --weights dino-r50-4scale-12ep=dino.pth \\",
      "      --weights stable-dino-r50-4scale-12ep=stable.pth --data coco/ --out runs/stability",
    })
final class UnstableScoreCommand implements Callable<Integer> {

  @Option(
      names = "--run",
      paramLabel = "[NAME=]PATH",
      description = "A run's folder, or a model.safetensors file; give several to compare them.")
  private List<String> runs = new ArrayList<>();

  @Option(
      names = "--weights",
      paramLabel = "PRESET=FILE",
      description =
          "Published weights of a whole detector (.pth or .safetensors) and the preset they belong"
              + " to (see ./stable-dino presets).")
  private Map<String, Path> weights = new LinkedHashMap<>();

  @Option(names = "--data", required = true, description = "Folder of the data set.")
  private Path data;

  @Option(
      names = "--split",
      defaultValue = "val",
      description = "Which part of it (default: ${DEFAULT-VALUE}).")
  private String split;

  @Option(
      names = "--out",
      defaultValue = "unstable-score",
      description =
          "Where unstable-score.json and unstable-score.png go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "key=value", description = "Replace a setting of every run.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    if (runs.isEmpty() && weights.isEmpty()) {
      throw new UserException("which detectors? Give --run, or --weights PRESET=FILE");
    }
    Device target = device.open();
    Map<String, String> overrides = Overrides.parseForInference(arguments);
    Map<String, Path> pathByName = named(runs);
    DataSource source =
        new CocoFolder(data).open(split, BoxPolicy.DROP, Warnings.refuseErrors(System.err));
    Map<String, ModelFile.Loaded> detectors = new LinkedHashMap<>();
    pathByName.forEach((name, path) -> detectors.put(name, ModelFile.read(path, overrides)));
    List<Category> categories = source.dataset().categories();
    weights.forEach(
        (preset, file) -> {
          if (detectors.containsKey(preset)) {
            throw new UserException(
                "--run and --weights are both called '%s'; name the run, such as --run mine=%s"
                    .formatted(preset, pathByName.get(preset)));
          }
          detectors.put(
              preset,
              ModelFile.assemble(
                  file,
                  classes -> TrainCommand.configuration(preset, classes).with(overrides),
                  categories));
        });
    detectors.values().forEach(detector -> detector.requireCategoriesOf(source.dataset()));
    detectors.values().forEach(detector -> detector.on(target));
    new RunFolder(out).requireWritable();
    List<Stability> results = new ArrayList<>();
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      detectors.forEach(
          (name, detector) -> results.add(StabilityAnalysis.run(name, detector, source, progress)));
    }
    StabilityReport report =
        new StabilityReport(source.dataset().file().toString(), List.copyOf(results));
    Path json = out.resolve("unstable-score.json");
    Path chart = out.resolve("unstable-score.png");
    report.writeJson(json);
    boolean drawn = report.writeChart(chart);
    System.out.print(report.table());
    System.out.println("written: " + json + (drawn ? ", " + chart : ""));
    return 0;
  }

  /** The path of each run by its name: the one given, else the last part of its path. */
  private static Map<String, Path> named(List<String> runs) {
    Map<String, Path> pathByName = new LinkedHashMap<>();
    for (String run : runs) {
      int equals = run.indexOf('=');
      boolean hasName = equals > 0 && !exists(run);
      Path path = path(hasName ? run.substring(equals + 1) : run);
      Path last = path.toAbsolutePath().normalize().getFileName();
      String name = hasName ? run.substring(0, equals) : String.valueOf(last == null ? path : last);
      Path other = pathByName.putIfAbsent(name, path);
      if (other != null) {
        throw new UserException(
            "--run %s and --run %s are both called '%s'; name them, such as --run baseline=%s"
                .formatted(other, path, name, other));
      }
    }
    return pathByName;
  }

  private static boolean exists(String run) {
    return Files.exists(path(run));
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException failure) {
      throw new UserException(
          "--run '%s' is no path; give a run's folder".formatted(text), failure);
    }
  }
}
