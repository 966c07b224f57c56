package org.stabledino.detection.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.stabledino.detection.UserException;

/**
 * A data set folder in one of the usual layouts.
 *
 * <p>Annotations: {@code annotations/instances_SPLIT.json} or COCO's {@code
 * annotations/instances_SPLIT2017.json} (2014). Images: {@code SPLIT/} with the same year or none,
 * {@code images/SPLIT/} or {@code images/}, the first that exists.
 *
 * @param root the folder
 */
public record CocoFolder(Path root) {
  private static final List<String> YEARS = List.of("", "2017", "2014");

  /**
   * The files of a split.
   *
   * @param annotations COCO JSON
   * @param images folder that file names are relative to
   */
  public record Split(Path annotations, Path images) {}

  /**
   * Finds a split.
   *
   * @param name {@code train} or {@code val}
   * @return where its parts are
   * @throws UserException listing what was looked for
   */
  public Split split(String name) {
    if (!Files.isDirectory(root)) {
      throw new UserException(root + ": no such folder; give the folder of a COCO data set");
    }
    for (String year : YEARS) {
      Path annotations = root.resolve("annotations").resolve("instances_" + name + year + ".json");
      if (Files.isRegularFile(annotations)) {
        return new Split(annotations, images(name + year));
      }
    }
    throw new UserException(
        "%s: no annotations for \"%s\"; expected annotations/instances_%s.json%s"
            .formatted(
                root,
                name,
                name,
                YEARS.stream()
                    .skip(1)
                    .map(year -> " or instances_" + name + year + ".json")
                    .collect(Collectors.joining())));
  }

  private Path images(String split) {
    List<String> candidates = List.of(split, "images/" + split, "images");
    for (String candidate : candidates) {
      Path folder = root.resolve(candidate);
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    throw new UserException(
        "%s: no image folder; expected %s".formatted(root, String.join("/ or ", candidates) + "/"));
  }

  /**
   * Reads a split for training or evaluation; all is checked but the contents of the images.
   *
   * @param name {@code train} or {@code val}
   * @param boxes what to do with boxes that are not wider and higher than zero
   * @return annotations and images
   * @throws UserException at the first problem
   */
  public DataSource open(String name, BoxPolicy boxes) {
    return open(name, boxes, Problem.refuse());
  }

  /**
   * Reads a split, leaving the decision over problems to the caller.
   *
   * @param name {@code train} or {@code val}
   * @param boxes what to do with boxes that are not wider and higher than zero
   * @param problems gets every problem in turn
   * @return what could be read
   * @throws UserException if there is no such split, or thrown by {@code problems}
   */
  public DataSource open(String name, BoxPolicy boxes, Consumer<Problem> problems) {
    Split split = split(name);
    DataSource data =
        new DataSource(CocoDataset.read(split.annotations(), boxes, problems), split.images());
    data.checkFiles(problems);
    return data;
  }
}
