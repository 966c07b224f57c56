package org.stabledino.detection.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Files and folders with all that is in them. */
public final class Trees {
  private Trees() {}

  /**
   * Deletes a file, or a folder and what it holds; nothing happens if it is absent.
   *
   * @param tree the file or folder
   * @throws IOException naming what cannot be deleted
   */
  public static void delete(Path tree) throws IOException {
    if (!Files.exists(tree)) {
      return;
    }
    List<Path> entries;
    try (Stream<Path> walk = Files.walk(tree)) {
      entries = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : entries) {
      Files.delete(entry);
    }
  }
}
