package org.stabledino.nn.backbone;

import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Conv2d;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.FrozenBatchNorm2d;
import org.stabledino.nn.MapNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * A convolution without bias, its norm and optionally a ReLU; paths are {@code weight} and {@code
 * norm.*}.
 *
 * <p>A frozen batch norm is folded into the weights ({@code W scale, shift}), so that the whole is
 * one kernel and no map before the norm is kept. Where the weights take no gradient, the folded
 * ones are kept until state is loaded or a pass records their gradient, since an update may follow.
 */
final class ConvNorm extends Module {
  private final Parameter weight;
  private final MapNorm norm;
  private final Window window;
  private Tensor folded;

  /**
   * A convolution that keeps the extent, divided by the stride.
   *
   * @param in input channels
   * @param out output channels
   * @param kernel side of the window, odd
   * @param stride its step
   * @param kind the norm
   */
  ConvNorm(int in, int out, int kernel, int stride, MapNorm.Kind kind) {
    weight = parameter("weight", out, in, kernel, kernel);
    norm = kind.create(out);
    child("norm", norm.module());
    window = new Window(kernel, stride, kernel / 2);
  }

  /** Convolves and normalises [N, H, W, in] to [N, Ho, Wo, out]. */
  Variable forward(Variable x) {
    return forward(x, Activation.NONE);
  }

  /** The same, then a ReLU. */
  Variable forwardRelu(Variable x) {
    return forward(x, Activation.RELU);
  }

  private Variable forward(Variable x, Activation activation) {
    if (norm instanceof FrozenBatchNorm2d frozen) {
      Variable shift = Variable.constant(frozen.shift());
      Variable scaled = scaledWeight(frozen);
      return Conv2d.apply(x, scaled, shift, window.stride(), window.padding(), activation);
    }
    Variable y = Ops.conv2d(x, weight, null, window.stride(), window.padding());
    return activation == Activation.RELU ? norm.forwardRelu(y) : norm.forward(y);
  }

  /** The filters of each output channel times its scale. */
  private Variable scaledWeight(FrozenBatchNorm2d frozen) {
    Tensor scale = frozen.scale().reshape(frozen.scale().size(), 1, 1, 1);
    if (GradMode.recording() && weight.requiresGrad()) {
      folded = null;
      return Ops.mul(weight, Variable.constant(scale));
    }
    if (folded == null) {
      folded = Scope.outsideAll(() -> fold(weight.data(), scale));
    }
    return Variable.constant(folded);
  }

  private static Tensor fold(Tensor weight, Tensor scale) {
    Tensor result = weight.backend().empty(weight.dtype(), weight.shape());
    weight.backend().elementwise().binary(Binary.MULTIPLY, weight, scale, result);
    return result;
  }

  @Override
  protected void reset(Rng rng) {
    Initializers.heNormalFanOut(weight.data(), rng);
  }

  @Override
  protected void stateChanged() {
    folded = null;
  }
}
