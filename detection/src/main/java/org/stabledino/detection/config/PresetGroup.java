package org.stabledino.detection.config;

import java.util.List;

/**
 * Presets that belong together.
 *
 * @param heading what they have in common
 * @param presets in the order they are listed
 */
public record PresetGroup(String heading, List<Preset> presets) {

  /** Copies the list. */
  public PresetGroup {
    presets = List.copyOf(presets);
  }
}
