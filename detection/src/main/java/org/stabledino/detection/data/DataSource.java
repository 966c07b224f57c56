package org.stabledino.detection.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.stabledino.detection.UserException;

/**
 * An annotation file together with the folder its images lie in.
 *
 * @param dataset the annotations
 * @param imageFolder what file names are relative to
 */
public record DataSource(CocoDataset dataset, Path imageFolder) {

  /**
   * The file of an image.
   *
   * @param imageIndex position in {@link CocoDataset#images()}
   * @return its path
   * @throws UserException if its name is no path on this system
   */
  public Path imageFile(int imageIndex) {
    CocoDataset.Image image = dataset.images().get(imageIndex);
    try {
      return imageFolder.resolve(image.fileName());
    } catch (InvalidPathException e) {
      throw new UserException(
          "%s: image %d has the file name '%s', which is no path here (%s); rename the file, or set a UTF-8 locale such as LC_ALL=C.UTF-8"
              .formatted(dataset.file(), image.id(), image.fileName(), e.getReason()),
          e);
    }
  }

  /**
   * Checks that every image file exists, without opening any.
   *
   * @param problems gets an error for each missing file
   */
  public void checkFiles(Consumer<Problem> problems) {
    Set<Path> present = new HashSet<>();
    // One listing instead of a look at each of 118,000 files; subfolders are looked at singly.
    try (Stream<Path> files = Files.list(imageFolder)) {
      files.forEach(present::add);
    } catch (IOException e) {
      throw new UserException(imageFolder + ": cannot list the image folder; check its path", e);
    }
    for (int i = 0; i < dataset.images().size(); i++) {
      Path path = imageFile(i);
      if (!present.contains(path) && !Files.isRegularFile(path)) {
        problems.accept(
            Problem.error(
                path.toString(),
                "the file of image " + dataset.images().get(i).id() + " is missing",
                "add it, or remove the image from " + dataset.file()));
      }
    }
  }
}
