package org.stabledino.detection.data;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.stabledino.detection.UserException;

/**
 * A COCO annotation file in memory: images, annotations and categories, linked by their ids.
 *
 * <p>Images keep the order of the file and are addressed by their index in it. Categories are
 * ordered by id and numbered 0 … K-1: that number is the label the model learns.
 */
public final class CocoDataset {

  /**
   * An image as annotated.
   *
   * @param id COCO's id; may exceed 2^31
   * @param fileName path relative to the image folder
   * @param width pixels
   * @param height pixels
   */
  public record Image(long id, String fileName, int width, int height) {}

  /**
   * What the detector tells apart.
   *
   * @param id COCO's id; ids may have gaps
   * @param name shown to the user
   * @param supercategory group of the category, possibly empty
   */
  public record Category(long id, String name, String supercategory) {}

  /**
   * One annotated object, the numbers as in the file.
   *
   * @param id COCO's id
   * @param imageId the image it lies in
   * @param categoryId what it is
   * @param x left edge in pixels
   * @param y top edge in pixels
   * @param width of the box in pixels
   * @param height of the box in pixels
   * @param integerBox whether all four numbers were written without a decimal point; the reference
   *     then computes its corners with integers
   * @param area of the mask in pixels, or of the box where the file gives none
   * @param crowd whether the box covers a group that is not told apart
   * @param segmentation the mask
   */
  public record Annotation(
      long id,
      long imageId,
      long categoryId,
      double x,
      double y,
      double width,
      double height,
      boolean integerBox,
      double area,
      boolean crowd,
      Segmentation segmentation) {

    /**
     * Whether the reference trains on it.
     *
     * @return false for crowds and for annotations all of whose polygons are invalid
     */
    public boolean trainable() {
      return !crowd && !(segmentation instanceof Polygons polygons && !polygons.anyValid());
    }
  }

  private final Path file;
  private final List<Image> images;
  private final List<Category> categories;
  private final List<Annotation> annotations;
  private final IdIndex imageIds;
  private final IdIndex categoryIds;

  /** Annotations sorted by image; those of image i lie in starts[i] … starts[i + 1]. */
  private final List<Annotation> byImage;

  private final int[] starts;

  /**
   * Links the parts; their ids have been checked.
   *
   * @param file where they come from
   * @param images in file order, distinct ids
   * @param annotations in file order, ids of existing images and categories
   * @param categories in any order, distinct ids
   */
  CocoDataset(
      Path file, List<Image> images, List<Annotation> annotations, List<Category> categories) {
    this.file = file;
    this.images = List.copyOf(images);
    this.annotations = List.copyOf(annotations);
    this.categories = categories.stream().sorted(Comparator.comparingLong(Category::id)).toList();
    imageIds = new IdIndex(this.images.stream().mapToLong(Image::id).toArray());
    categoryIds = new IdIndex(this.categories.stream().mapToLong(Category::id).toArray());
    starts = new int[images.size() + 1];
    int[] imageOf = new int[annotations.size()];
    for (int i = 0; i < imageOf.length; i++) {
      imageOf[i] = imageIds.find(this.annotations.get(i).imageId());
      starts[imageOf[i] + 1]++;
    }
    Arrays.parallelPrefix(starts, Integer::sum);
    int[] next = starts.clone();
    Annotation[] sorted = new Annotation[imageOf.length];
    for (int i = 0; i < imageOf.length; i++) {
      sorted[next[imageOf[i]]++] = this.annotations.get(i);
    }
    byImage = List.of(sorted);
  }

  /**
   * A data set of the first images and what is annotated on them.
   *
   * @param count how many images; all are there if it is not smaller than their number
   * @return the part, with all categories
   */
  public CocoDataset first(int count) {
    int kept = Math.min(count, images.size());
    return new CocoDataset(
        file, images.subList(0, kept), byImage.subList(0, starts[kept]), categories);
  }

  /**
   * Reads an annotation file for training: everything is checked, the first problem is thrown.
   *
   * @param file COCO JSON with {@code images}, {@code annotations} and {@code categories}
   * @return the data set
   * @throws UserException naming the file, the entry and the fix
   */
  public static CocoDataset read(Path file) {
    return read(file, BoxPolicy.REFUSE, Problem.refuse());
  }

  /**
   * Reads an annotation file, leaving the decision over problems to the caller.
   *
   * @param file COCO JSON with {@code images}, {@code annotations} and {@code categories}
   * @param boxes what to do with boxes that are not wider and higher than zero
   * @param problems gets every problem in turn; where it returns, the entry concerned is left out
   * @return what could be read
   * @throws UserException if the file cannot be read as COCO JSON at all, or thrown by {@code
   *     problems}
   */
  public static CocoDataset read(Path file, BoxPolicy boxes, Consumer<Problem> problems) {
    return new CocoReader(file, boxes, problems).read();
  }

  /**
   * Where the data set was read from.
   *
   * @return the annotation file
   */
  public Path file() {
    return file;
  }

  /**
   * All images, also those without annotations.
   *
   * @return in file order
   */
  public List<Image> images() {
    return images;
  }

  /**
   * All annotations, also crowds.
   *
   * @return in file order
   */
  public List<Annotation> annotations() {
    return annotations;
  }

  /**
   * All categories; the position in this list is the label.
   *
   * @return in ascending order of id
   */
  public List<Category> categories() {
    return categories;
  }

  /**
   * The number of categories K.
   *
   * @return labels run from 0 to K - 1
   */
  public int numClasses() {
    return categories.size();
  }

  /**
   * The annotations of one image.
   *
   * @param imageIndex position in {@link #images()}
   * @return in file order, crowds included
   */
  public List<Annotation> annotationsOf(int imageIndex) {
    return byImage.subList(starts[imageIndex], starts[imageIndex + 1]);
  }

  /**
   * Finds an image by its id.
   *
   * @param imageId COCO's id
   * @return its position in {@link #images()}, or -1
   */
  public int imageIndex(long imageId) {
    return imageIds.find(imageId);
  }

  /**
   * The label of a category.
   *
   * @param categoryId COCO's id
   * @return its position in {@link #categories()}, or -1
   */
  public int label(long categoryId) {
    return categoryIds.find(categoryId);
  }

  /**
   * Finds an image by its file name.
   *
   * @param fileName as in the annotation file
   * @return its position in {@link #images()}
   */
  public Optional<Integer> imageIndex(String fileName) {
    return IntStream.range(0, images.size())
        .filter(i -> images.get(i).fileName().equals(fileName))
        .boxed()
        .findFirst();
  }

  /**
   * The images worth training on.
   *
   * @return indices of the images with at least one {@linkplain Annotation#trainable() trainable}
   *     annotation, ascending
   */
  public int[] trainableImages() {
    return IntStream.range(0, images.size())
        .filter(i -> annotationsOf(i).stream().anyMatch(Annotation::trainable))
        .toArray();
  }

  /**
   * The images worth training on, at least one.
   *
   * @return as {@link #trainableImages()}
   * @throws UserException if there is none
   */
  public int[] requireTrainableImages() {
    int[] images = trainableImages();
    if (images.length == 0) {
      throw new UserException(
          file
              + ": no image has an annotation to train on; add some that are no crowds, or look with"
              + " ./stable-dino inspect");
    }
    return images;
  }

  @Override
  public String toString() {
    return file.getFileName()
        + ": "
        + images.size()
        + " images, "
        + annotations.size()
        + " annotations, "
        + categories.size()
        + " categories";
  }
}
