package org.stabledino.detection.data;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The order in which images are seen: every epoch each of them once, shuffled by (seed, epoch).
 *
 * <p>Training is one long sequence of positions 0, 1, 2, …; position p lies in epoch {@code p /
 * length}. What stands at a position depends on nothing but the seed, so that a run can start
 * anywhere.
 */
public final class EpochOrder {

  /** Keeps the shuffle's random numbers apart from those of sample 0, 1, …. */
  private static final long SHUFFLE = -1;

  private final int[] images;
  private final boolean[] wide;
  private final int group;
  private final long seed;

  /** Which shape at least half of the images have, and how many they are. */
  private final boolean commonlyWide;

  private final int common;

  /** The epochs asked for last; workers may stand on both sides of a border. */
  private final List<Epoch> recent = new ArrayList<>();

  private record Epoch(long number, int[] order) {}

  private EpochOrder(int[] images, boolean[] wide, int group, long seed) {
    if (images.length == 0) {
      throw new IllegalArgumentException("no image to put into order");
    }
    this.images = images.clone();
    this.wide = wide;
    this.group = group;
    this.seed = seed;
    int manyWide = wide == null ? 0 : (int) IntStream.of(images).filter(i -> wide[i]).count();
    commonlyWide = 2 * manyWide > images.length;
    common = commonlyWide ? manyWide : images.length - manyWide;
  }

  /**
   * Plain shuffling.
   *
   * @param images indices to choose from, at least one
   * @param seed of the run
   * @return the order
   */
  public static EpochOrder shuffled(int[] images, long seed) {
    return new EpochOrder(images, null, 1, seed);
  }

  /**
   * Shuffling that puts upright and wide images into batches of their own, which saves padding.
   *
   * @param data gives the sizes
   * @param images indices to choose from, at least one
   * @param batchSize images of a batch; batch b holds the positions from b * batchSize on, in every
   *     epoch
   * @param seed of the run
   * @return the order
   */
  public static EpochOrder groupedByShape(
      CocoDataset data, int[] images, int batchSize, long seed) {
    boolean[] wide = new boolean[data.images().size()];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = data.images().get(i).width() > data.images().get(i).height();
    }
    return new EpochOrder(images, wide, batchSize, seed);
  }

  /**
   * The number of images of an epoch.
   *
   * @return at least 1
   */
  public int length() {
    return images.length;
  }

  /**
   * The epoch of a position.
   *
   * @param position from 0
   * @return from 0
   */
  public long epochAt(long position) {
    return position / images.length;
  }

  /**
   * The image at a position; may be called by several threads.
   *
   * @param position from 0
   * @return index of an image
   */
  public int imageAt(long position) {
    return recentOrder(epochAt(position))[(int) (position % images.length)];
  }

  private synchronized int[] recentOrder(long epoch) {
    for (Epoch e : recent) {
      if (e.number == epoch) {
        return e.order;
      }
    }
    if (recent.size() == 2) {
      recent.removeFirst();
    }
    recent.add(new Epoch(epoch, order(epoch)));
    return recent.getLast().order;
  }

  /**
   * A whole epoch.
   *
   * @param epoch from 0
   * @return indices of all images
   */
  public int[] order(long epoch) {
    int[] order = images.clone();
    new CounterRandom(seed, epoch, SHUFFLE).shuffle(order);
    return group > 1 ? grouped(epoch, order) : order;
  }

  /**
   * Takes images in order and hands out a batch whenever one shape has filled it.
   *
   * <p>An epoch need not begin where a batch does: its first images complete the batch that the
   * epoch before left open. They have the commoner shape, and what fills no batch of its own stands
   * at the end with the commoner shape last, so that both sides of the border mostly fit without
   * knowing each other. Among the batches that begin in an epoch of two batches or more, at most
   * one mixes shapes.
   */
  private int[] grouped(long epoch, int[] order) {
    int lead = (int) Math.min(order.length, Math.floorMod(-epoch * order.length, (long) group));
    int[] result = new int[order.length];
    int[] rest = lead(order, lead, result);
    int[][] waiting = new int[2][group];
    int[] count = new int[2];
    int at = lead;
    for (int image : rest) {
      int shape = wide[image] == commonlyWide ? 1 : 0;
      waiting[shape][count[shape]++] = image;
      if (count[shape] == group) {
        System.arraycopy(waiting[shape], 0, result, at, group);
        at += group;
        count[shape] = 0;
      }
    }
    for (int shape = 0; shape < 2; shape++) {
      System.arraycopy(waiting[shape], 0, result, at, count[shape]);
      at += count[shape];
    }
    return result;
  }

  /** Puts the first images of the commoner shape, if need be others, into the result. */
  private int[] lead(int[] order, int lead, int[] result) {
    int others = Math.max(0, lead - common);
    int led = 0;
    int left = 0;
    int[] rest = new int[order.length - lead];
    for (int image : order) {
      boolean fits = wide[image] == commonlyWide;
      if (led < lead && (fits || others > 0)) {
        result[led++] = image;
        others -= fits ? 0 : 1;
      } else {
        rest[left++] = image;
      }
    }
    return rest;
  }
}
