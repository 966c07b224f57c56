package org.stabledino.detection.cli;

import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.PresetGroup;
import org.stabledino.detection.config.RunConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists presets and their settings. */
@Command(
    name = "presets",
    description = "List the presets, or all settings of one.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExample:%n",
    footer = "  ./stable-dino presets stable-dino-small")
final class PresetsCommand implements Callable<Integer> {
  private static final int COCO_CLASSES = 80;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "Show this preset's settings.")
  private String name;

  @Option(
      names = "--classes",
      defaultValue = "" + COCO_CLASSES,
      description = "How many categories (default: ${DEFAULT-VALUE}).")
  private int classes;

  @Override
  public Integer call() {
    if (classes < 1) {
      throw new UserException("--classes %d is out of range; give 1 or more".formatted(classes));
    }
    if (name == null) {
      for (PresetGroup group : Preset.groups()) {
        System.out.println(group.heading());
        for (Preset preset : group.presets()) {
          System.out.printf("  %-33s %s%n", preset.title(), preset.description());
        }
        System.out.println();
      }
    } else {
      RunConfig settings = Preset.of(name).settings(classes);
      System.out.println(
          "# compat = %s (give paper or released to set the six settings in which they differ)"
              .formatted(settings.compat()));
      settings.flatten().forEach((key, value) -> System.out.println(key + " = " + value));
    }
    return 0;
  }
}
