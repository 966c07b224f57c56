package org.stabledino.detection.data;

/** Where augmentations get their random numbers; tests put recorded ones here. */
public interface DrawSource {

  /**
   * A number in [0, 1).
   *
   * @return uniformly distributed
   */
  double uniform();

  /**
   * A number in [low, high).
   *
   * @param low smallest possible
   * @param high bound
   * @return uniformly distributed
   */
  default double uniform(double low, double high) {
    return low + (high - low) * uniform();
  }

  /**
   * A whole number.
   *
   * @param low smallest possible
   * @param high first that is too large
   * @return uniformly distributed in low … high - 1
   */
  int integer(int low, int high);

  /**
   * One of several values.
   *
   * @param options at least one
   * @return one of them, all equally likely
   */
  int choice(int... options);
}
