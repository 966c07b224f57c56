package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * A tensor that training changes.
 *
 * <p>A frozen parameter keeps its place in checkpoints, but gets no gradient and no update.
 */
public final class Parameter extends Variable {
  private boolean frozen;

  /**
   * A trainable parameter.
   *
   * @param data its initial value, which the optimiser updates in place
   */
  public Parameter(Tensor data) {
    super(data, true);
  }

  /**
   * Takes this parameter out of training, or puts it back.
   *
   * @param frozen whether to leave it as it is
   */
  public void freeze(boolean frozen) {
    this.frozen = frozen;
  }

  /**
   * Whether training leaves it as it is.
   *
   * @return true if frozen
   */
  public boolean frozen() {
    return frozen;
  }

  /**
   * Moves it to another device; its gradient is forgotten.
   *
   * @param device where it is to live
   */
  public void to(Device device) {
    moveTo(device);
  }

  @Override
  public boolean requiresGrad() {
    return !frozen;
  }
}
