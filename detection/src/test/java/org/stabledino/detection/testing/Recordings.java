package org.stabledino.detection.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the recorded numbers lie. */
public final class Recordings {
  private Recordings() {}

  /** A file or folder of the recordings; skips the calling test where they are absent. */
  public static Path path(String name) {
    String root = System.getProperty("fixtures", "../shared/fixtures");
    Path path = Path.of(root).resolve(name);
    assumeTrue(
        Files.exists(path), () -> path + " is absent: give the recordings with -Dfixtures=FOLDER");
    return path;
  }
}
