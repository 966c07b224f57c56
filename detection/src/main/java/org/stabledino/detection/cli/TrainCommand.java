package org.stabledino.detection.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.engine.RunReport;
import org.stabledino.detection.engine.StopSignal;
import org.stabledino.detection.engine.Trainer;
import org.stabledino.nn.weights.Policy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Trains a detector on a COCO-format data set. */
@Command(
    name = "train",
    description = "Train on a COCO-format data set, evaluate along the way, write a report.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino train --config stable-dino-small --data coco/ --out runs/a",
      "  ./stable-dino train --config stable-dino-small --data coco/ --out runs/a resume",
      "  ./stable-dino train --config stable-dino-r50-4scale-12ep --data coco/ --out runs/b \\",
      "      --weights R-50.pkl compat=released train.batchSize=8 optimizer.learningRate=5e-5",
    })
final class TrainCommand implements Callable<Integer> {
  private static final String RESUME = "resume";

  /** What to do with boxes that cannot be learnt. */
  enum Boxes {
    /** The data set is refused. */
    REFUSE,
    /** They are left out. */
    DROP
  }

  @Option(
      names = "--config",
      required = true,
      description = "A preset (see ./stable-dino presets), or a config.properties file.")
  private String config;

  @Option(names = "--data", required = true, description = "Folder of the data set.")
  private Path data;

  @Option(names = "--out", required = true, description = "Folder of the run.")
  private Path out;

  @Option(
      names = "--boxes",
      paramLabel = "refuse|drop",
      defaultValue = "refuse",
      description =
          "What to do where a box is not wider and higher than zero: refuse the data set, or leave"
              + " such boxes out; COCO's own train2017 holds two (default: ${DEFAULT-VALUE}).")
  private Boxes boxes;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description =
          "Start from published weights: a detector or a backbone, as .pth, .pkl or .safetensors;"
              + " heads of another number of classes start anew.")
  private Path weights;

  @Option(
      names = "--partial",
      description = "Take whatever fits from --weights, and leave the rest as it is.")
  private boolean partial;

  @ParentCommand private Main main;

  @Mixin private DeviceOption device;

  @Parameters(
      paramLabel = "resume | key=value",
      description = "Go on from the last checkpoint; or replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    device.open();
    boolean resume = arguments.remove(RESUME);
    Map<String, String> overrides = Overrides.parse(arguments);
    DataSource training = open("train");
    DataSource validation = open("val");
    requireSameCategories(training, validation);
    RunFolder folder = new RunFolder(out).requireWritable();
    int classes = training.dataset().numClasses();
    RunConfig run =
        (resume ? continued(folder, classes) : configuration(config, classes)).with(overrides);
    requireStart(resume);
    if (!resume && folder.holdsRun()) {
      throw new UserException(
          "%s already holds a run: add 'resume' to go on with it, or choose another --out"
              .formatted(out));
    }
    StopSignal stop = main.stopSignal();
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      Trainer trainer = new Trainer(run, training, Optional.of(validation), folder, progress);
      if (weights != null) {
        Policy policy = partial ? Policy.WHATEVER_FITS : Policy.FINE_TUNE;
        progress.message(trainer.startFrom(weights, policy).table().stripTrailing());
      }
      if (resume) {
        progress.message("resuming after step " + trainer.resume());
      }
      if (trainer.run(stop) == Trainer.Outcome.STOPPED) {
        progress.message(
            "stopped and saved after step %d; add 'resume' to go on".formatted(trainer.step()));
        return Main.STOPPED;
      }
    }
    RunReport.write(
        folder,
        "Stable-DINO on " + data.toAbsolutePath().getFileName(),
        validation,
        RunReport.facts("steps", "%,d".formatted(run.train().steps())));
    System.out.println("report: " + out.resolve("index.html"));
    return 0;
  }

  private void requireStart(boolean resume) {
    if (resume && weights != null) {
      throw new UserException("a resumed run goes on with its own weights: leave --weights out");
    }
    if (partial && weights == null) {
      throw new UserException("--partial says how to take --weights FILE: add that");
    }
  }

  private DataSource open(String split) {
    return new CocoFolder(data)
        .open(split, BoxPolicy.valueOf(boxes.name()), Warnings.refuseErrors(System.err));
  }

  private static void requireSameCategories(DataSource training, DataSource validation) {
    if (!training.dataset().categories().equals(validation.dataset().categories())) {
      throw new UserException(
          "%s and %s list different categories: make the lists equal"
              .formatted(training.dataset().file(), validation.dataset().file()));
    }
  }

  /** The run's own settings, whatever it was started with; a file given now replaces them. */
  private RunConfig continued(RunFolder folder, int numClasses) {
    if (Files.isRegularFile(Path.of(config)) || !Files.isRegularFile(folder.config())) {
      return configuration(config, numClasses);
    }
    Map<String, String> settings = RunFolder.readConfig(folder.config());
    settings.remove("model.numClasses"); // the data set's; the checkpoint is compared with it
    RunConfig started = RunConfig.restore(settings, numClasses);
    if (!started.preset().equalsIgnoreCase(Preset.of(config).title())) {
      throw new UserException(
          "%s was started with --config %s: resume it with that, or choose another --out"
              .formatted(out, started.preset()));
    }
    return started;
  }

  /** A preset by its name, or the settings in a file. */
  static RunConfig configuration(String config, int numClasses) {
    Path file = Path.of(config);
    if (!Files.isRegularFile(file)) {
      return Preset.of(config).settings(numClasses);
    }
    Map<String, String> settings = RunFolder.readConfig(file);
    try {
      return RunConfig.restore(settings, numClasses);
    } catch (UserException failure) {
      throw new UserException(file + ": " + failure.getMessage(), failure);
    }
  }
}
