package org.stabledino.detection.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToLongFunction;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.CocoDataset.Image;

/**
 * Turns an annotation file into a {@link CocoDataset}, checking what the parts say of each other.
 */
final class CocoReader {
  private final Path file;
  private final BoxPolicy boxes;
  private final Consumer<Problem> problems;

  CocoReader(Path file, BoxPolicy boxes, Consumer<Problem> problems) {
    this.file = file;
    this.boxes = boxes;
    this.problems = problems;
  }

  CocoDataset read() {
    CocoJson json = new CocoJson(file, problems);
    json.parse();
    requireList(json.images(), "images");
    requireList(json.annotations(), "annotations");
    requireList(json.categories(), "categories");
    List<Image> images = distinct(json.images(), Image::id, "image");
    List<Category> categories = distinct(json.categories(), Category::id, "category");
    images.removeIf(image -> !sizeIsPositive(image));
    IdIndex imageIds = new IdIndex(images.stream().mapToLong(Image::id).toArray());
    IdIndex categoryIds = new IdIndex(categories.stream().mapToLong(Category::id).toArray());
    List<Annotation> annotations = distinct(json.annotations(), Annotation::id, "annotation");
    annotations.removeIf(a -> !refersToKnown(a, imageIds, categoryIds) || !boxIsUsable(a));
    return new CocoDataset(file, images, annotations, categories);
  }

  private void requireList(List<?> list, String key) {
    if (list == null) {
      throw new UserException(
          file
              + ": the list \"%s\" is missing; ".formatted(key)
              + "a COCO annotation file has images, annotations and categories");
    }
  }

  private <T> List<T> distinct(List<T> items, ToLongFunction<T> id, String kind) {
    Set<Long> seen = HashSet.newHashSet(items.size());
    List<T> kept = new ArrayList<>(items.size());
    for (T item : items) {
      if (seen.add(id.applyAsLong(item))) {
        kept.add(item);
      } else {
        problems.accept(
            Problem.error(
                file + ": " + kind + " " + id.applyAsLong(item),
                "the id occurs more than once",
                "give every " + kind + " an id of its own"));
      }
    }
    return kept;
  }

  private boolean sizeIsPositive(Image image) {
    if (image.width() > 0 && image.height() > 0) {
      return true;
    }
    problems.accept(
        Problem.error(
            file + ": image " + image.id(),
            "its size is " + image.width() + " x " + image.height(),
            "write the size of " + image.fileName() + " in pixels"));
    return false;
  }

  private boolean refersToKnown(Annotation a, IdIndex imageIds, IdIndex categoryIds) {
    if (imageIds.find(a.imageId()) < 0) {
      problems.accept(
          error(a, "unknown image_id " + a.imageId(), "add the image or remove the annotation"));
      return false;
    }
    if (categoryIds.find(a.categoryId()) < 0) {
      problems.accept(
          error(
              a,
              "unknown category_id " + a.categoryId(),
              "add the category or remove the annotation"));
      return false;
    }
    return true;
  }

  private boolean boxIsUsable(Annotation a) {
    if (!Double.isFinite(a.x() + a.y() + a.width() + a.height())) {
      problems.accept(
          error(a, box(a) + " is not finite", "write x, y, width, height in pixels or remove it"));
      return false;
    }
    if ((a.width() > 0 && a.height() > 0) || boxes == BoxPolicy.KEEP) {
      return true;
    }
    String what = box(a) + " has no positive width and height";
    problems.accept(
        boxes == BoxPolicy.REFUSE
            ? error(
                a,
                what,
                "write x, y, width, height in pixels, or leave such boxes out with --boxes drop")
            : Problem.warning(where(a), what, "it is left out"));
    return false;
  }

  private static String box(Annotation a) {
    return "bbox [%s, %s, %s, %s]".formatted(a.x(), a.y(), a.width(), a.height());
  }

  private Problem error(Annotation a, String what, String fix) {
    return Problem.error(where(a), what, fix);
  }

  private String where(Annotation a) {
    return file + ": annotation " + a.id();
  }
}
