package org.stabledino.nn.io.pickle;

/**
 * A class or function that a pickle may name. It is a token: calling it runs the construction given
 * here and never anything of Python.
 *
 * @param name with its module, such as {@code collections.OrderedDict}
 * @param construction what stands for a call; null where the name is only passed around
 */
public record Global(String name, Construction construction) {

  /** Makes the value of a call. */
  @FunctionalInterface
  public interface Construction {
    /**
     * Makes the value.
     *
     * @param arguments of the call
     * @param budget to be charged for what is copied
     * @return a value, see {@link Unpickler#load}
     * @throws UnpicklingException if the arguments do not fit
     */
    Object construct(PyTuple arguments, Budget budget);
  }

  /**
   * A name that cannot be called.
   *
   * @param name with its module
   * @return the token
   */
  public static Global inert(String name) {
    return new Global(name, null);
  }

  Object call(PyTuple arguments, Budget budget) {
    if (construction == null) {
      throw new UnpicklingException("must not be called");
    }
    return construction.construct(arguments, budget);
  }
}
