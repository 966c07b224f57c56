package org.stabledino.detection.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.BatchAdvice;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.config.TrainConfig.Amp;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.Deadline;
import org.stabledino.detection.engine.ProcessMemory;
import org.stabledino.detection.engine.Profiling;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.engine.RunListener;
import org.stabledino.detection.engine.RunReport;
import org.stabledino.detection.engine.StopSignal;
import org.stabledino.detection.engine.Trainer;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.nn.weights.Policy;
import org.stabledino.tensor.Device;
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
      "  ./stable-dino train --config stable-dino-small --data coco/ --out runs/a \\",
      "      --resume auto --time-limit 4h",
      "  ./stable-dino train --config stable-dino-r50-4scale-12ep --data coco/ --out runs/b \\",
      "      --weights R-50.pkl compat=released train.batchSize=8 optimizer.learningRate=5e-5",
    })
final class TrainCommand implements Callable<Integer> {
  private static final String RESUME = "resume";
  private static final String AMP = "train.amp";

  /** What a fast run through everything replaces. */
  private static final Map<String, String> FAST =
      Map.of(
          "train.steps", "2",
          "train.evaluateEvery", "1",
          "train.checkpointEvery", "1",
          "train.logEvery", "1",
          "optimizer.warmupSteps", "1");

  private static final int FAST_IMAGES = 4;

  /** Whether a run goes on from its checkpoint. */
  enum Resume {
    /** The folder must hold no run. */
    NO,
    /** The folder must hold a checkpoint. */
    YES,
    /** From the newest checkpoint, from the start where there is none. */
    AUTO
  }

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

  @Option(
      names = "--resume",
      paramLabel = "no|yes|auto",
      defaultValue = "no",
      description =
          "Go on from the last checkpoint; auto starts where there is none, and leaves a finished"
              + " run as it is (default: ${DEFAULT-VALUE}).")
  private Resume resume;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "Stop in time for a last checkpoint, with exit code 3; such as 90s, 20m, 1h30m, 2d.")
  private Duration timeLimit;

  @Option(
      names = "--amp",
      paramLabel = "off|bf16",
      description =
          "With bf16, matrix products and convolutions round their operands to bfloat16, for the"
              + " tensor cores of a GPU; the same as train.amp=bf16.")
  private Amp amp;

  @Option(
      names = "--fast-dev-run",
      description =
          "Go through everything once in OUT/fast-dev-run: two steps with a stop and a resume"
              + " between them, evaluations on a few images, the report.")
  private boolean fast;

  @ParentCommand private Main main;

  @Mixin private DeviceOption device;

  @Mixin private ProfileOption profile;

  @Parameters(
      paramLabel = "resume | key=value",
      description = "The same as --resume yes; or replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Deadline deadline = timeLimit == null ? Deadline.NONE : Deadline.after(timeLimit);
    profile.requireCpu(device);
    Device target = device.open();
    if (arguments.remove(RESUME)) {
      resume = Resume.YES;
    }
    Map<String, String> overrides = Overrides.parse(arguments);
    if (amp != null && overrides.put(AMP, amp.name().toLowerCase(Locale.ROOT)) != null) {
      throw new UserException("--amp and %s= are the same setting: leave one out".formatted(AMP));
    }
    DataSource training = open("train");
    DataSource validation = open("val");
    requireSameCategories(training, validation);
    requireStart(resume == Resume.YES);
    if (fast && (resume != Resume.NO || timeLimit != null || profile.wanted())) {
      throw new UserException(
          "--fast-dev-run starts anew and takes two steps: leave resume, --time-limit and --profile out");
    }
    for (String key : fast ? FAST.keySet() : Set.<String>of()) {
      if (overrides.containsKey(key)) {
        throw new UserException(
            "--fast-dev-run sets %s=%s itself: leave it out".formatted(key, FAST.get(key)));
      }
    }
    return fast
        ? runFast(overrides, training, few(validation), target)
        : run(overrides, training, validation, deadline, target);
  }

  private int run(
      Map<String, String> overrides,
      DataSource training,
      DataSource validation,
      Deadline deadline,
      Device target) {
    RunFolder folder = new RunFolder(out).requireWritable();
    boolean goesOn = resume == Resume.YES || (resume == Resume.AUTO && folder.holdsCheckpoint());
    int classes = training.dataset().numClasses();
    RunConfig run =
        (goesOn ? continued(folder, classes) : configuration(config, classes)).with(overrides);
    if (!goesOn && folder.holdsRun()) {
      throw new UserException(
          "%s already holds a run: add 'resume' to go on with it, or choose another --out"
              .formatted(out));
    }
    StopSignal stop = main.stopSignal();
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      BatchAdvice.of(run).ifPresent(progress::message);
      Trainer trainer =
          new Trainer(run, training, Optional.of(validation), folder, progress, target);
      if (goesOn) {
        progress.message("resuming after step " + trainer.resume());
        if (resume == Resume.AUTO && trainer.finished()) {
          progress.message("the run is finished");
          return 0;
        }
      } else {
        start(trainer, progress);
      }
      Profiling profiling = profile.wanted() ? trainer.profile() : null;
      Trainer.Outcome outcome = trainer.run(stop, deadline);
      profile.show(progress::message, folder, "train " + run.preset(), "step", profiling);
      switch (outcome) {
        case FINISHED -> {}
        case STOPPED -> {
          progress.message(
              "stopped and saved after step %d; add 'resume' to go on".formatted(trainer.step()));
          return Main.STOPPED;
        }
        case OUT_OF_TIME -> {
          progress.message(
              "the time limit is near: saved after step %d; add 'resume' to go on"
                  .formatted(trainer.step()));
          return Main.OUT_OF_TIME;
        }
      }
    }
    report(folder, run, validation);
    return 0;
  }

  /** Two steps, in a folder of their own, with a stop and a resume between them. */
  private int runFast(
      Map<String, String> overrides, DataSource training, DataSource validation, Device target) {
    RunFolder folder = new RunFolder(out.resolve("fast-dev-run")).requireWritable();
    RunConfig run =
        configuration(config, training.dataset().numClasses()).with(overrides).with(FAST);
    StopSignal stop = main.stopSignal();
    try (ConsoleProgress progress = new ConsoleProgress(System.out);
        StopSignal half = StopSignal.listen()) {
      RunListener stopping =
          new RunListener() {
            @Override
            public void evaluated(long step, CocoMetrics metrics) {
              progress.evaluated(step, metrics);
              half.request();
            }
          };
      Trainer first = new Trainer(run, training, Optional.of(validation), folder, stopping, target);
      start(first, progress);
      folder.clear();
      first.run(half);
      Trainer second =
          new Trainer(run, training, Optional.of(validation), folder, progress, target);
      progress.message("resuming after step " + second.resume());
      if (second.run(stop) != Trainer.Outcome.FINISHED) {
        return Main.STOPPED;
      }
    }
    report(folder, run, validation);
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

  private void start(Trainer trainer, ConsoleProgress progress) {
    if (weights != null) {
      Policy policy = partial ? Policy.WHATEVER_FITS : Policy.FINE_TUNE;
      progress.message(trainer.startFrom(weights, policy).table().stripTrailing());
    }
  }

  private static DataSource few(DataSource source) {
    return new DataSource(source.dataset().first(FAST_IMAGES), source.imageFolder());
  }

  private void report(RunFolder folder, RunConfig run, DataSource validation) {
    Map<String, String> facts = RunReport.facts("steps", "%,d".formatted(run.train().steps()));
    ProcessMemory.peakBytes()
        .ifPresent(
            bytes -> facts.put("peak memory", String.format(Locale.ROOT, "%.1f GB", bytes * 1e-9)));
    RunReport.write(
        folder, "Stable-DINO on " + data.toAbsolutePath().getFileName(), validation, facts);
    System.out.println("report: " + folder.root().resolve("index.html"));
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
