package org.stabledino.detection.cli;

/**
 * Chooses the kernels' loops for a command that has little to do.
 *
 * <p>Code of the Vector API is fast once the JVM's second compiler is done with it, and slower than
 * plain loops until then, because every vector is an object. A small model sees a picture or two
 * sooner with plain loops, all others with vectors. The results agree to rounding.
 */
final class QuickStart {
  /** The launcher sets it to {@link #AUTO}; what a user sets instead stays. */
  private static final String LOOPS = "stabledino.simd";

  private static final String AUTO = "auto";
  private static final String PLAIN = "off";

  /** About five million parameters. */
  private static final long SMALL_MODEL = 20_000_000;

  private static final int FEW_PICTURES = 4;

  private QuickStart() {}

  /**
   * Decides, before the first kernel runs.
   *
   * @param modelBytes the size of the model's file
   * @param pictures how many there are to detect on
   */
  static void consider(long modelBytes, int pictures) {
    if (AUTO.equals(System.getProperty(LOOPS))
        && modelBytes <= SMALL_MODEL
        && pictures <= FEW_PICTURES) {
      System.setProperty(LOOPS, PLAIN);
    }
  }
}
