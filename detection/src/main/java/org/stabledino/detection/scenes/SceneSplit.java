package org.stabledino.detection.scenes;

/** Which part of the data set a scene belongs to; the two never share a random stream. */
public enum SceneSplit {
  /** Scenes to learn from. */
  TRAIN("train"),
  /** Held-out scenes. */
  VAL("val");

  private final String label;

  SceneSplit(String label) {
    this.label = label;
  }

  /**
   * The name in file names, as in {@code instances_train.json}.
   *
   * @return {@code train} or {@code val}
   */
  public String label() {
    return label;
  }
}
