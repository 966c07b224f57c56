package org.stabledino.detection.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.scenes.SceneDataset;
import org.stabledino.detection.scenes.SceneOptions;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Everything at once on rendered scenes. */
@Command(
    name = "demo",
    description =
        "Render a data set, train a small Stable-DINO on it, evaluate, and write a report.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {"  ./stable-dino demo", "  ./stable-dino demo --out runs/short train.steps=2000"})
final class DemoCommand implements Callable<Integer> {

  @Option(
      names = "--out",
      defaultValue = "runs/demo",
      description = "Folder of the run (default: ${DEFAULT-VALUE}); an earlier demo is replaced.")
  private Path out;

  @ParentCommand private Main main;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "key=value", description = "Replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Device target = device.open();
    long start = System.nanoTime();
    Map<String, String> overrides = Overrides.parse(arguments);
    RunFolder folder = new RunFolder(out).requireWritable();
    requireDemoOrNothing(folder);
    Path run = out.toAbsolutePath().normalize();
    if (run.getFileName() == null) {
      throw new UserException(
          "--out %s leaves no room for the scenes beside it; give a folder of its own"
              .formatted(out));
    }
    Path data = run.resolveSibling(run.getFileName() + "-data");
    StopSignal stop = main.stopSignal();
    try (ConsoleProgress progress = new ConsoleProgress(System.out)) {
      progress.message("rendering scenes to " + data);
      SceneDataset.create(data, SceneOptions.DEFAULT, progress::rendered);
      DataSource training = new CocoFolder(data).open("train", BoxPolicy.REFUSE);
      DataSource validation = new CocoFolder(data).open("val", BoxPolicy.REFUSE);
      RunConfig config = Preset.DEMO.settings(training.dataset().numClasses()).with(overrides);
      Trainer trainer =
          new Trainer(config, training, Optional.of(validation), folder, progress, target);
      folder.clear();
      progress.message(
          "training %,d parameters for %,d steps"
              .formatted(trainer.parameterCount(), config.train().steps()));
      if (trainer.run(stop) == Trainer.Outcome.STOPPED) {
        progress.message(
            "stopped after step %d; go on with ./stable-dino train --config %s --data %s --out %s resume"
                .formatted(trainer.step(), config.preset(), data, out));
        return Main.STOPPED;
      }
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      RunReport.write(
          folder,
          "Stable-DINO on rendered scenes",
          validation,
          RunReport.facts(
              "parameters", "%,d".formatted(trainer.parameterCount()),
              "steps", "%,d".formatted(config.train().steps()),
              "time", "%d min %d s".formatted(time.toMinutes(), time.toSecondsPart())));
      CocoMetrics metrics = trainer.lastMetrics();
      progress.message(
          String.format(
              Locale.ROOT,
              "AP %.3f, AP50 %.3f on %d held-out scenes after %d min %d s; look at %s",
              metrics.figures().get("AP"),
              metrics.figures().get("AP50"),
              validation.dataset().images().size(),
              time.toMinutes(),
              time.toSecondsPart(),
              out.resolve("index.html")));
      return 0;
    }
  }

  /** An earlier demo may go, a run of somebody's data may not. */
  private static void requireDemoOrNothing(RunFolder folder) {
    if (!folder.holdsRun()) {
      return;
    }
    boolean demo =
        Files.exists(folder.config())
            && Preset.DEMO.title().equals(RunFolder.readConfig(folder.config()).get("preset"));
    if (!demo) {
      throw new UserException(
          "%s holds a run that is no demo: choose another folder with --out"
              .formatted(folder.root()));
    }
  }
}
