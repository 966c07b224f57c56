package org.stabledino.detection.scenes;

import org.stabledino.detection.UserException;

/**
 * What data set to render.
 *
 * @param seed another seed, other scenes
 * @param trainScenes scenes to learn from, at least 1
 * @param valScenes held-out scenes, at least 1
 * @param size width and height of a scene, 64 to 1024 pixels
 */
public record SceneOptions(long seed, int trainScenes, int valScenes, int size) {
  /** The demo's data set: 4,000 + 150 scenes of 160 pixels. */
  public static final SceneOptions DEFAULT = new SceneOptions(60, 4_000, 150, 160);

  /** Refuses counts and sizes outside their ranges. */
  public SceneOptions {
    require("trainScenes", trainScenes, 1, 999_999);
    require("valScenes", valScenes, 1, 999_999);
    require("size", size, 64, 1024);
  }

  /**
   * How many scenes a split has.
   *
   * @param split which split
   * @return its number of scenes
   */
  public int scenes(SceneSplit split) {
    return split == SceneSplit.TRAIN ? trainScenes : valScenes;
  }

  private static void require(String name, int value, int low, int high) {
    if (value < low || value > high) {
      throw new UserException(
          "scene option %s is %d; choose %d to %d".formatted(name, value, low, high));
    }
  }
}
