package org.stabledino.detection.model;

import org.stabledino.nn.init.Rng;

/**
 * The random draws behind denoising queries. A copy of a target is named by its repetition ({@code
 * group * copies + copy}), the image's index in the batch and the target's index in the image.
 */
public interface DenoisingNoise {

  /**
   * Decides whether a label is replaced.
   *
   * @param repetition which copy
   * @param image index in the batch
   * @param target index in the image
   * @return uniform in [0, 1); a low number replaces it
   */
  float labelDraw(int repetition, int image, int target);

  /**
   * What a label is replaced by; may be what it was.
   *
   * @param repetition which copy
   * @param image index in the batch
   * @param target index in the image
   * @param numClasses K
   * @return uniform among 0..K-1
   */
  int newLabel(int repetition, int image, int target, int numClasses);

  /**
   * The direction in which a coordinate moves.
   *
   * @param repetition which copy
   * @param image index in the batch
   * @param target index in the image
   * @param coordinate 0..3 of (x1, y1, x2, y2)
   * @return -1 or 1, equally often
   */
  float sign(int repetition, int image, int target, int coordinate);

  /**
   * How far a coordinate moves.
   *
   * @param repetition which copy
   * @param image index in the batch
   * @param target index in the image
   * @param coordinate 0..3 of (x1, y1, x2, y2)
   * @return uniform in [0, 1)
   */
  float part(int repetition, int image, int target, int coordinate);

  /**
   * Draws that depend only on seed, step and image, so that they are the same however a batch is
   * spread over workers and after any resume.
   *
   * @param seed of the run
   * @param step of the training
   * @param imageIds what names each image of the batch
   * @return the draws
   */
  static DenoisingNoise of(long seed, long step, long[] imageIds) {
    Rng root = Rng.of(seed).child("denoising").child(step);
    Rng[] images = new Rng[imageIds.length];
    for (int i = 0; i < images.length; i++) {
      images[i] = root.child(imageIds[i]);
    }
    return new Counted(images);
  }

  /**
   * Draws by counter: each copy of a target owns ten numbers of its image's stream.
   *
   * @param images a stream for each image
   */
  record Counted(Rng[] images) implements DenoisingNoise {
    private static final int DRAWS = 10;
    private static final long MOST_TARGETS = 1 << 20;

    private static long at(int repetition, int target) {
      return (repetition * MOST_TARGETS + target) * DRAWS;
    }

    @Override
    public float labelDraw(int repetition, int image, int target) {
      return images[image].uniform(at(repetition, target));
    }

    @Override
    public int newLabel(int repetition, int image, int target, int numClasses) {
      return images[image].below(at(repetition, target) + 1, numClasses);
    }

    @Override
    public float sign(int repetition, int image, int target, int coordinate) {
      return images[image].below(at(repetition, target) + 2 + coordinate, 2) == 0 ? -1f : 1f;
    }

    @Override
    public float part(int repetition, int image, int target, int coordinate) {
      return images[image].uniform(at(repetition, target) + 6 + coordinate);
    }
  }
}
