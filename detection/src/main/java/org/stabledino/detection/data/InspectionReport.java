package org.stabledino.detection.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a data set holds and what is wrong with it.
 *
 * @param annotations the file that was read
 * @param images the folder of the images
 * @param imageCount images listed
 * @param emptyImages images without any annotation
 * @param trainableImages images with something to learn
 * @param annotationCount usable annotations, crowds included
 * @param crowds annotations of groups
 * @param withMask annotations with polygons or run lengths
 * @param classes one entry a category, in order of label
 * @param sizes the most frequent image sizes, most frequent first
 * @param distinctSizes number of different image sizes
 * @param imagesDecoded images whose file was opened and found good; 0 where that was not asked for
 * @param problems everything found, in the order found
 */
public record InspectionReport(
    Path annotations,
    Path images,
    int imageCount,
    int emptyImages,
    int trainableImages,
    int annotationCount,
    int crowds,
    int withMask,
    List<ClassCount> classes,
    List<SizeCount> sizes,
    int distinctSizes,
    int imagesDecoded,
    List<Problem> problems) {

  /** How many problems of a kind the text shows before it only counts them. */
  private static final int SHOWN_PROBLEMS = 50;

  /**
   * The objects of one category.
   *
   * @param label what the model learns
   * @param id COCO's id
   * @param name of the category
   * @param images images with at least one object
   * @param small objects of less than 32 x 32 pixels (by annotated area), without crowds
   * @param medium objects of less than 96 x 96 pixels, without crowds
   * @param large all other objects, without crowds
   * @param crowds groups
   * @param minSide shortest side of any box in pixels; 0 without boxes
   * @param maxSide longest side of any box in pixels
   */
  public record ClassCount(
      int label,
      long id,
      String name,
      int images,
      int small,
      int medium,
      int large,
      int crowds,
      double minSide,
      double maxSide) {

    /**
     * Objects without crowds.
     *
     * @return small, medium and large together
     */
    public int objects() {
      return small + medium + large;
    }
  }

  /**
   * How often a size occurs.
   *
   * @param width of the images
   * @param height of the images
   * @param images how many
   */
  public record SizeCount(int width, int height, int images) {}

  /**
   * The number of problems that would stop training.
   *
   * @return errors among the problems
   */
  public long errors() {
    return problems.stream().filter(p -> p.severity() == Problem.Severity.ERROR).count();
  }

  /**
   * The report for people.
   *
   * @return several lines, ending in a line break
   */
  public String render() {
    StringBuilder text = new StringBuilder();
    text.append("annotations  ").append(annotations).append('\n');
    text.append("images       ").append(images).append('\n');
    line(
        text,
        "%,d images (%,d without annotation, %,d to train on), %,d annotations"
            + " (%,d crowds, %,d with mask), %d categories",
        imageCount,
        emptyImages,
        trainableImages,
        annotationCount,
        crowds,
        withMask,
        classes.size());
    String listed =
        sizes.stream()
            .map(size -> "%d x %d (%,d)".formatted(size.width, size.height, size.images))
            .collect(Collectors.joining(", "));
    String more = distinctSizes > sizes.size() ? " and %,d others" : "";
    line(text, "sizes        " + listed + more, distinctSizes - sizes.size());
    if (imagesDecoded > 0) {
      line(text, "decoded      %,d of %,d images without error", imagesDecoded, imageCount);
    }
    renderClasses(text);
    renderProblems(text);
    return text.toString();
  }

  private void renderClasses(StringBuilder text) {
    int name = Math.max(8, classes.stream().mapToInt(c -> c.name.length()).max().orElse(0));
    String header = "%5s %10s  %-" + name + "s %8s %8s %8s %8s %8s %7s  %s";
    text.append('\n');
    line(
        text,
        header,
        "label",
        "id",
        "category",
        "images",
        "objects",
        "small",
        "medium",
        "large",
        "crowds",
        "box sides in pixels");
    for (ClassCount c : classes) {
      String sides =
          c.maxSide == 0 ? "-" : String.format(Locale.ROOT, "%.1f to %.1f", c.minSide, c.maxSide);
      line(
          text,
          header,
          c.label,
          c.id,
          c.name,
          c.images,
          c.objects(),
          c.small,
          c.medium,
          c.large,
          c.crowds,
          sides);
    }
  }

  private void renderProblems(StringBuilder text) {
    text.append('\n');
    long errors = errors();
    if (problems.isEmpty()) {
      line(text, "no problems found");
      return;
    }
    line(text, "%,d errors, %,d warnings", errors, problems.size() - errors);
    for (Problem.Severity severity : List.of(Problem.Severity.ERROR, Problem.Severity.WARNING)) {
      List<Problem> all = problems.stream().filter(p -> p.severity() == severity).toList();
      for (Problem problem : all.subList(0, Math.min(SHOWN_PROBLEMS, all.size()))) {
        line(text, "%-7s  %s", severity.name().toLowerCase(Locale.ROOT), problem.line());
      }
      if (all.size() > SHOWN_PROBLEMS) {
        line(text, "         … and %,d more", all.size() - SHOWN_PROBLEMS);
      }
    }
  }

  private static void line(StringBuilder text, String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
  }
}
