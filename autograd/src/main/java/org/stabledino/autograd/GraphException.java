package org.stabledino.autograd;

/** A backward pass that cannot be done: severed graph, no scalar, or a graph used twice. */
public final class GraphException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /**
   * Names the op and the reason.
   *
   * @param message what went wrong and how to mend it
   */
  public GraphException(String message) {
    super(message);
  }
}
