package org.stabledino.bench;

import java.util.regex.Pattern;

/**
 * A shape as the lists of parameters write it: a name, a space, and its extents, such as {@code
 * r50.res4.conv2 1x50x84 256->256 3x3/1}. Whatever stands between the numbers is for the reader.
 *
 * @param name where in the model the shape occurs
 * @param extents the numbers after the name, in order
 */
public record NamedShape(String name, int[] extents) {
  private static final Pattern BETWEEN = Pattern.compile("[^0-9]+");

  /**
   * Reads a shape.
   *
   * @param text a name, a space, and extents with anything between them
   * @return the shape
   */
  public static NamedShape of(String text) {
    String[] parts = text.split(" ", 2);
    return new NamedShape(
        parts[0],
        BETWEEN
            .splitAsStream(parts[1])
            .filter(part -> !part.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray());
  }

  /**
   * An extent.
   *
   * @param i its place after the name
   * @return the number
   */
  public int get(int i) {
    return extents[i];
  }

  /**
   * The product of all extents.
   *
   * @return how many elements, if they are the extents of a tensor
   */
  public double count() {
    double product = 1;
    for (int extent : extents) {
      product *= extent;
    }
    return product;
  }
}
