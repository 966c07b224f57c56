package org.stabledino.autograd.ops;

import org.stabledino.autograd.Function;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Puts tensors one after the other along an axis; each gets its part of the gradient. */
public final class Concat extends Function {
  private final Variable[] parts;
  private final int axis;
  private final Shape shape;

  private Concat(int axis, Variable[] parts, Shape shape) {
    super(parts);
    this.parts = parts;
    this.axis = axis;
    this.shape = shape;
  }

  /**
   * One after the other.
   *
   * @param axis from 0, or from -1 counted from the innermost
   * @param parts at least one; their shapes differ at most at the axis
   * @return their shape, with the sum of the extents at the axis
   */
  public static Variable apply(int axis, Variable... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat: nothing to concatenate");
    }
    int positive = parts[0].shape().axis(axis);
    int[] expected = parts[0].shape().dims();
    expected[positive] = -1;
    int extent = 0;
    for (int i = 0; i < parts.length; i++) {
      ShapeMismatchException.check("concat", "part " + i, parts[i].data(), expected);
      extent += parts[i].dim(positive);
    }
    return new Concat(positive, parts.clone(), parts[0].shape().with(positive, extent)).run();
  }

  @Override
  protected Tensor forward() {
    Tensor y = empty(shape);
    int at = 0;
    for (Variable part : parts) {
      backend().indexing().copyBlock(part.data(), axis, 0, part.dim(axis), y, at);
      at += part.dim(axis);
    }
    return y;
  }

  @Override
  protected void backward(Tensor gradOut) {
    int at = 0;
    for (Variable part : parts) {
      int end = at + part.dim(axis);
      if (needsGrad(part)) {
        accumulate(part, Blocks.cut(gradOut, axis, at, end));
      }
      at = end;
    }
  }
}
