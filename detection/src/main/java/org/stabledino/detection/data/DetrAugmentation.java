package org.stabledino.detection.data;

/**
 * The training augmentation of DETR and its descendants (Stable-DINO, Sec. 4.1 "the same as DINO").
 *
 * <p>With probability one half: flip, resize the shorter side to a random size. Otherwise: flip,
 * resize to a medium size, cut out a random rectangle, then resize as before. Draws: branch, flip,
 * [medium size, crop height, crop width, top, left], size.
 *
 * @param shortSides possible lengths of the shorter side
 * @param maxSide bound for the longer side
 * @param cropShortSides lengths of the shorter side before cropping, without bound
 * @param cropMin smallest side of the rectangle (smaller only where the image is)
 * @param cropMax largest side of the rectangle
 */
public record DetrAugmentation(
    int[] shortSides, int maxSide, int[] cropShortSides, int cropMin, int cropMax)
    implements Augmentation {

  /**
   * The published setting: 480 … 800 with at most 1333; crops of 384 to 600 from 400, 500 or 600.
   *
   * @return the augmentation of the official configurations
   */
  public static DetrAugmentation official() {
    return new DetrAugmentation(
        new int[] {480, 512, 544, 576, 608, 640, 672, 704, 736, 768, 800},
        1333,
        new int[] {400, 500, 600},
        384,
        600);
  }

  @Override
  public TransformChain decide(int width, int height, DrawSource draws) {
    TransformChain.Builder chain = TransformChain.of(width, height);
    boolean plain = draws.uniform() > 0.5;
    if (draws.uniform() < 0.5) {
      chain.flipHorizontally();
    }
    if (!plain) {
      resize(chain, draws.choice(cropShortSides), 0);
      int cropHeight = cropSide(chain.height(), draws);
      int cropWidth = cropSide(chain.width(), draws);
      int y0 = draws.integer(0, chain.height() - cropHeight + 1);
      int x0 = draws.integer(0, chain.width() - cropWidth + 1);
      chain.crop(x0, y0, cropWidth, cropHeight);
    }
    resize(chain, draws.choice(shortSides), maxSide);
    return chain.build();
  }

  @Override
  public boolean truncatesIntegerBoxes() {
    return true;
  }

  private int cropSide(int side, DrawSource draws) {
    return draws.integer(Math.min(side, cropMin), Math.min(side, cropMax) + 1);
  }

  private static void resize(TransformChain.Builder chain, int shortest, int longest) {
    chain.resize(ShortestEdge.DETECTRON2.of(chain.height(), chain.width(), shortest, longest));
  }
}
