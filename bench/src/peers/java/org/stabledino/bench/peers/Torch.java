package org.stabledino.bench.peers;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.tensor.Tensor;

/** Borders between our tensors and libtorch's. */
final class Torch {
  private Torch() {}

  /** A copy of the same shape. */
  static org.bytedeco.pytorch.Tensor copy(Tensor tensor) {
    long[] dims = Arrays.stream(tensor.shape().dims()).asLongStream().toArray();
    return org.bytedeco.pytorch.Tensor.create(tensor.toFloats(), dims);
  }

  /** A map [N, H, W, C] as [N, C, H, W], its values in the order of ours: channels last. */
  static org.bytedeco.pytorch.Tensor channelsLast(Tensor map) {
    return copy(map).permute(0, 3, 1, 2);
  }

  /** The values in the order of the indices, whatever the layout. */
  static float[] floats(org.bytedeco.pytorch.Tensor tensor) {
    try (PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor plain = tensor.contiguous();
      float[] values = new float[Math.toIntExact(plain.numel())];
      new FloatPointer(plain.data_ptr_float()).get(values);
      return values;
    }
  }

  /** The values of a map [N, C, H, W] in our order, NHWC. */
  static float[] mapFloats(org.bytedeco.pytorch.Tensor map) {
    try (PointerScope _ = new PointerScope()) {
      return floats(map.permute(0, 2, 3, 1));
    }
  }

  /** A tensor where one may be missing. */
  static TensorOptional optional(org.bytedeco.pytorch.Tensor tensor) {
    return tensor == null ? new TensorOptional() : new TensorOptional(tensor);
  }

  /** A mask, as libtorch's bool. */
  static org.bytedeco.pytorch.Tensor copyBool(Tensor mask) {
    long[] dims = Arrays.stream(mask.shape().dims()).asLongStream().toArray();
    boolean[] values = new boolean[mask.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = mask.bytes()[mask.offset() + i] != 0;
    }
    return org.bytedeco.pytorch.Tensor.create(values, dims);
  }

  /** A number as an operand. */
  static Scalar scalar(double value) {
    return new Scalar(value);
  }

  /** Three choices, as backward passes want them: the gradients to compute. */
  static BoolPointer mask(boolean first, boolean second, boolean third) {
    return new BoolPointer(3).put(0, first).put(1, second).put(2, third);
  }

  /** The gradients of some tensors, given that of what was computed from them. */
  static TensorVector gradients(
      org.bytedeco.pytorch.Tensor output,
      org.bytedeco.pytorch.Tensor gradOut,
      org.bytedeco.pytorch.Tensor... inputs) {
    return torch.grad(
        new TensorVector(output),
        new TensorVector(inputs),
        new TensorVector(gradOut),
        new BoolOptional(),
        false,
        false);
  }

  /** Computes something that no enclosing scope takes back. */
  static org.bytedeco.pytorch.Tensor outsideScopes(
      Supplier<org.bytedeco.pytorch.Tensor> computation) {
    try (PointerScope _ = new PointerScope()) {
      org.bytedeco.pytorch.Tensor result = computation.get();
      result.retainReference();
      return result;
    }
  }

  /** Fewer or more threads for one operation. */
  static void threads(int threads) {
    torch.set_num_threads(threads);
  }

  /**
   * A side of a pair whose results are new tensors at each call; all but the last are given back at
   * once.
   *
   * @param name of the side
   * @param call computes
   * @param floats reads the result in our layout
   */
  static Contestant contestant(
      String name,
      Supplier<org.bytedeco.pytorch.Tensor> call,
      Function<org.bytedeco.pytorch.Tensor, float[]> floats) {
    return new Contestant(
        name,
        () -> {
          try (PointerScope _ = new PointerScope()) {
            call.get();
          }
        },
        () -> {
          try (PointerScope _ = new PointerScope()) {
            return floats.apply(call.get());
          }
        });
  }
}
