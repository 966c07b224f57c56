package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.CocoDataset.Image;
import org.stabledino.detection.data.InspectionReport.ClassCount;
import org.stabledino.detection.data.InspectionReport.SizeCount;

/**
 * Looks a data set over before hours of training are spent on it: collects all problems instead of
 * stopping at the first.
 */
public final class DatasetInspector {
  private static final int SIZES_LISTED = 5;
  private static final double SMALL_AREA = 32 * 32;
  private static final double MEDIUM_AREA = 96 * 96;

  private DatasetInspector() {}

  /**
   * Inspects a split of a data set.
   *
   * @param folder of the data set
   * @param split {@code train} or {@code val}
   * @param decode whether to open every image and compare its size, which takes longer
   * @return what was found
   * @throws UserException if there is no such split, or its file is no COCO JSON at all
   */
  public static InspectionReport inspect(CocoFolder folder, String split, boolean decode) {
    List<Problem> problems = new ArrayList<>();
    DataSource data = folder.open(split, BoxPolicy.REFUSE, problems::add);
    CocoDataset dataset = data.dataset();
    checkAnnotations(dataset, problems);
    int decoded = decode ? decodeAll(data, problems) : 0;
    Map<List<Integer>, Integer> sizes = new HashMap<>();
    int empty = 0;
    for (int i = 0; i < dataset.images().size(); i++) {
      Image image = dataset.images().get(i);
      sizes.merge(List.of(image.width(), image.height()), 1, Integer::sum);
      empty += dataset.annotationsOf(i).isEmpty() ? 1 : 0;
    }
    return new InspectionReport(
        dataset.file(),
        data.imageFolder(),
        dataset.images().size(),
        empty,
        dataset.trainableImages().length,
        dataset.annotations().size(),
        (int) dataset.annotations().stream().filter(Annotation::crowd).count(),
        (int)
            dataset.annotations().stream()
                .filter(a -> a.segmentation() != Segmentation.ABSENT)
                .count(),
        classes(dataset),
        sizes.entrySet().stream()
            .map(e -> new SizeCount(e.getKey().getFirst(), e.getKey().getLast(), e.getValue()))
            .sorted(
                Comparator.comparingInt(SizeCount::images)
                    .reversed()
                    .thenComparingInt(SizeCount::width)
                    .thenComparingInt(SizeCount::height))
            .limit(SIZES_LISTED)
            .toList(),
        sizes.size(),
        decoded,
        List.copyOf(problems));
  }

  /** What is legal but suspicious, or what only other tools stumble over. */
  private static void checkAnnotations(CocoDataset dataset, List<Problem> problems) {
    for (Annotation a : dataset.annotations()) {
      Image image = dataset.images().get(dataset.imageIndex(a.imageId()));
      String where = dataset.file() + ": annotation " + a.id();
      // One pixel of tolerance: tools differ in whether the last pixel counts.
      if (a.x() < -1
          || a.y() < -1
          || a.x() + a.width() > image.width() + 1
          || a.y() + a.height() > image.height() + 1) {
        problems.add(
            Problem.warning(
                where,
                "bbox [%s, %s, %s, %s] leaves the image of %d x %d"
                    .formatted(a.x(), a.y(), a.width(), a.height(), image.width(), image.height()),
                "training clips it; check that it is x, y, width, height in pixels"));
      }
      if (!a.crowd() && !a.trainable()) {
        problems.add(
            Problem.warning(
                where, "none of its polygons has three points", "training leaves it out"));
      }
      if (a.id() == 0) {
        problems.add(
            Problem.warning(
                where, "id 0 counts as \"not matched\" in COCO's evaluator", "number from 1"));
      }
    }
    if (dataset.trainableImages().length == 0) {
      problems.add(
          Problem.error(
              dataset.file().toString(), "there is nothing to train on", "add annotations"));
    }
  }

  private static int decodeAll(DataSource data, List<Problem> problems) {
    ImageSource images = ImageSource.decoding(data);
    int good = 0;
    for (int i = 0; i < data.dataset().images().size(); i++) {
      try {
        images.load(i);
        good++;
      } catch (UserException e) {
        addOnce(problems, e.getMessage());
      }
    }
    return good;
  }

  /** A file already reported as missing is not reported again as unreadable. */
  private static void addOnce(List<Problem> problems, String message) {
    int fix = message.lastIndexOf("; ");
    int what = message.indexOf(": ");
    String where = message.substring(0, what);
    if (problems.stream().noneMatch(p -> p.where().equals(where))) {
      problems.add(
          Problem.error(where, message.substring(what + 2, fix), message.substring(fix + 2)));
    }
  }

  private static List<ClassCount> classes(CocoDataset dataset) {
    List<ClassCount> classes = new ArrayList<>();
    int k = dataset.numClasses();
    int[][] counts = new int[k][4];
    int[] images = new int[k];
    int[] lastImage = new int[k];
    double[] minSide = new double[k];
    double[] maxSide = new double[k];
    Arrays.fill(lastImage, -1);
    for (int i = 0; i < dataset.images().size(); i++) {
      for (Annotation a : dataset.annotationsOf(i)) {
        int label = dataset.label(a.categoryId());
        counts[label][a.crowd() ? 3 : a.area() < SMALL_AREA ? 0 : a.area() < MEDIUM_AREA ? 1 : 2]++;
        if (lastImage[label] != i) {
          lastImage[label] = i;
          images[label]++;
        }
        double shorter = Math.min(a.width(), a.height());
        minSide[label] = minSide[label] == 0 ? shorter : Math.min(minSide[label], shorter);
        maxSide[label] = Math.max(maxSide[label], Math.max(a.width(), a.height()));
      }
    }
    for (int label = 0; label < k; label++) {
      Category category = dataset.categories().get(label);
      int[] n = counts[label];
      classes.add(
          new ClassCount(
              label,
              category.id(),
              category.name(),
              images[label],
              n[0],
              n[1],
              n[2],
              n[3],
              minSide[label],
              maxSide[label]));
    }
    return classes;
  }
}
