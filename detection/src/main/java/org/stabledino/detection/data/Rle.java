package org.stabledino.detection.data;

import java.util.Arrays;

/**
 * A binary mask as COCO run lengths: columns first, starting with a run of zeros that may be empty.
 *
 * <p>The character code of {@link #pack()} is COCO's: each run, from the third on as the difference
 * to the run two before, is cut into groups of five bits, lowest first; a group is stored as the
 * character {@code 48 + bits}, with bit 5 set where more groups follow, and bit 4 of the last group
 * is the sign.
 *
 * @param height rows of the mask
 * @param width columns of the mask
 * @param counts run lengths, alternating zeros and ones; their sum is {@code height * width}
 */
public record Rle(int height, int width, int[] counts) implements Segmentation {

  /**
   * Checks that the runs cover the mask exactly.
   *
   * @throws IllegalArgumentException if a run is negative or the sum is not {@code height * width}
   */
  public Rle {
    long sum = 0;
    for (int count : counts) {
      if (count < 0) {
        throw new IllegalArgumentException("a run length is negative: " + count);
      }
      sum += count;
    }
    if (height < 0 || width < 0 || sum != (long) height * width) {
      throw new IllegalArgumentException(
          "run lengths add up to " + sum + ", expected " + height + " x " + width);
    }
  }

  /**
   * Encodes a mask.
   *
   * @param mask height x width, row-major; anything but 0 is inside
   * @param height rows
   * @param width columns
   * @return its run lengths
   */
  public static Rle encode(byte[] mask, int height, int width) {
    if (mask.length != (long) height * width) {
      throw new IllegalArgumentException(
          "a mask of " + mask.length + " bytes is not " + height + " x " + width);
    }
    int[] runs = new int[16];
    int used = 0;
    int run = 0;
    boolean inside = false;
    for (int x = 0; x < width; x++) {
      for (int y = 0; y < height; y++) {
        if ((mask[y * width + x] != 0) != inside) {
          if (used == runs.length) {
            runs = Arrays.copyOf(runs, 2 * used);
          }
          runs[used++] = run;
          run = 0;
          inside = !inside;
        }
        run++;
      }
    }
    runs = Arrays.copyOf(runs, used + 1);
    runs[used] = run;
    return new Rle(height, width, runs);
  }

  /**
   * The mask pixel by pixel.
   *
   * @return height x width, row-major, 1 inside and 0 outside
   */
  public byte[] decode() {
    byte[] mask = new byte[height * width];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      int end = at + counts[i];
      if ((i & 1) == 1) {
        for (int p = at; p < end; p++) {
          mask[(p % height) * width + p / height] = 1;
        }
      }
      at = end;
    }
    return mask;
  }

  /**
   * The number of pixels inside.
   *
   * @return the sum of the runs of ones
   */
  public long area() {
    long area = 0;
    for (int i = 1; i < counts.length; i += 2) {
      area += counts[i];
    }
    return area;
  }

  /**
   * The pixels that lie in either mask.
   *
   * @param other of the same size
   * @return their union
   */
  public Rle union(Rle other) {
    int[] runs = new int[counts.length + other.counts.length];
    int used = 0;
    RunPairs pairs = new RunPairs(this, other);
    boolean inside = false;
    while (pairs.next()) {
      boolean now = pairs.insideFirst() || pairs.insideSecond();
      if (now != inside) {
        inside = now;
        used++;
      }
      runs[used] += pairs.length();
    }
    return new Rle(height, width, Arrays.copyOf(runs, used + 1));
  }

  /**
   * How many pixels lie in both masks.
   *
   * @param other of the same size
   * @return the area of their intersection
   */
  public long intersection(Rle other) {
    long area = 0;
    RunPairs pairs = new RunPairs(this, other);
    while (pairs.next()) {
      if (pairs.insideFirst() && pairs.insideSecond()) {
        area += pairs.length();
      }
    }
    return area;
  }

  /** Walks two masks together, over stretches in which neither changes. */
  private static final class RunPairs {
    private final int[] first;
    private final int[] second;

    /** The current runs; odd ones are inside. */
    private int a;

    private int b;
    private int leftOfA;
    private int leftOfB;
    private int length;

    RunPairs(Rle first, Rle second) {
      if (first.height != second.height || first.width != second.width) {
        throw new IllegalArgumentException(
            "masks of %d x %d and %d x %d pixels"
                .formatted(first.width, first.height, second.width, second.height));
      }
      this.first = first.counts;
      this.second = second.counts;
      leftOfA = this.first.length == 0 ? 0 : this.first[0];
      leftOfB = this.second.length == 0 ? 0 : this.second[0];
    }

    /** Moves to the next stretch; false at the end. */
    boolean next() {
      leftOfA -= length;
      leftOfB -= length;
      while (leftOfA == 0 && a + 1 < first.length) {
        leftOfA = first[++a];
      }
      while (leftOfB == 0 && b + 1 < second.length) {
        leftOfB = second[++b];
      }
      length = Math.min(leftOfA, leftOfB);
      return length > 0;
    }

    int length() {
      return length;
    }

    boolean insideFirst() {
      return (a & 1) == 1;
    }

    boolean insideSecond() {
      return (b & 1) == 1;
    }
  }

  /**
   * The runs in COCO's character code.
   *
   * @return ASCII text as found in COCO result files
   */
  public String pack() {
    StringBuilder text = new StringBuilder(2 * counts.length);
    for (int i = 0; i < counts.length; i++) {
      long value = i > 2 ? (long) counts[i] - counts[i - 2] : counts[i];
      boolean more;
      do {
        int bits = (int) (value & 31);
        value >>= 5;
        more = (bits & 16) != 0 ? value != -1 : value != 0;
        text.append((char) (48 + (more ? bits | 32 : bits)));
      } while (more);
    }
    return text.toString();
  }

  /**
   * Reads COCO's character code.
   *
   * @param height rows of the mask
   * @param width columns of the mask
   * @param text the coded runs
   * @return the mask
   * @throws IllegalArgumentException if the text is no such code or does not cover the mask
   */
  public static Rle parse(int height, int width, String text) {
    int[] runs = new int[Math.max(4, text.length() / 2)];
    int used = 0;
    int at = 0;
    while (at < text.length()) {
      long value = 0;
      int shift = 0;
      int code;
      do {
        code = at < text.length() ? text.charAt(at) - 48 : -1;
        if (code < 0 || code > 63 || shift > 30) {
          throw new IllegalArgumentException("run lengths are damaged at character " + at);
        }
        value |= (long) (code & 31) << shift;
        shift += 5;
        at++;
      } while ((code & 32) != 0);
      if ((code & 16) != 0) {
        value |= -1L << shift;
      }
      if (used > 2) {
        value += runs[used - 2];
      }
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("run " + used + " is out of range: " + value);
      }
      if (used == runs.length) {
        runs = Arrays.copyOf(runs, 2 * used);
      }
      runs[used++] = (int) value;
    }
    return new Rle(height, width, Arrays.copyOf(runs, used));
  }
}
