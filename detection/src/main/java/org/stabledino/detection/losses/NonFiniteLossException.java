package org.stabledino.detection.losses;

/** A loss became NaN or infinite, so that no gradient of it may reach the parameters. */
public final class NonFiniteLossException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String loss;

  /**
   * An exception.
   *
   * @param loss key of the loss, such as {@code loss_class_0}
   * @param value what it became
   * @param hint how to go on
   */
  public NonFiniteLossException(String loss, double value, String hint) {
    super("%s became %s: %s".formatted(loss, value, hint));
    this.loss = loss;
  }

  /**
   * Which loss.
   *
   * @return its key
   */
  public String loss() {
    return loss;
  }
}
