package org.stabledino.autograd.ops;

import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Parts of tensors along one axis: views where the part is contiguous, copies elsewhere. */
final class Blocks {
  private Blocks() {}

  /** The part {@code from} (inclusive) to {@code to} (exclusive) along an axis counted from 0. */
  static Tensor cut(Tensor x, int axis, int from, int to) {
    Shape shape = x.shape().with(axis, to - from);
    if (x.shape().count(0, axis) == 1) {
      Shape rows = Shape.of(x.dim(axis), x.shape().count(axis + 1, x.rank()));
      return x.reshape(rows).narrow(from, to).reshape(shape);
    }
    Tensor part = x.backend().empty(DType.FLOAT32, shape);
    x.backend().indexing().copyBlock(x, axis, from, to - from, part, 0);
    return part;
  }

  /** Zeros with x put at {@code before} along an axis whose extent becomes {@code extent}. */
  static Tensor embed(Tensor x, int axis, int before, int extent) {
    Tensor out = x.backend().empty(DType.FLOAT32, x.shape().with(axis, extent));
    x.backend().elementwise().fill(out, 0f);
    x.backend().indexing().copyBlock(x, axis, 0, x.dim(axis), out, before);
    return out;
  }
}
