package org.stabledino.detection.config;

import java.util.List;
import java.util.function.IntFunction;
import org.stabledino.detection.UserException;

/**
 * A complete configuration by name.
 *
 * @param title the name on the command line, such as {@code stable-dino-r50-4scale-12ep}
 * @param description what it is for, in one line
 * @param configuration the configuration for a number of classes
 */
public record Preset(String title, String description, IntFunction<RunConfig> configuration) {

  /** What {@code ./stable-dino demo} trains. */
  public static final Preset DEMO = SmallPresets.demo();

  /** The small recipe for real photos. */
  public static final Preset SMALL = SmallPresets.small();

  private static final List<PresetGroup> GROUPS =
      List.of(
          new PresetGroup("from scratch, on two cores", List.of(DEMO, SMALL)),
          CocoPresets.of(PublishedSystem.STABLE_DINO),
          CocoPresets.of(PublishedSystem.DINO),
          AblationPresets.components(),
          AblationPresets.targets(),
          AblationPresets.classWeights(),
          AblationPresets.costs());

  /**
   * All presets, grouped as they are listed.
   *
   * @return the groups
   */
  public static List<PresetGroup> groups() {
    return GROUPS;
  }

  /**
   * All presets.
   *
   * @return in the order of the groups
   */
  public static List<Preset> all() {
    return GROUPS.stream().flatMap(group -> group.presets().stream()).toList();
  }

  /**
   * The settings.
   *
   * @param numClasses how many categories the data set has
   * @return the configuration
   */
  public RunConfig settings(int numClasses) {
    return configuration.apply(numClasses);
  }

  /**
   * Finds a preset.
   *
   * @param title its name
   * @return the preset
   * @throws UserException if there is none of that name
   */
  public static Preset of(String title) {
    return all().stream()
        .filter(preset -> preset.title.equalsIgnoreCase(title))
        .findFirst()
        .orElseThrow(
            () ->
                new UserException(
                    "no preset and no file is called '%s': did you mean '%s'? (./stable-dino presets lists all)"
                        .formatted(
                            title,
                            Settings.nearest(title, all().stream().map(Preset::title).toList()))));
  }
}
