package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.ConvolutionBenchmark;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Convolutions and their gradients beside oneDNN, called through libtorch in both of its layouts.
 * All sides add the bias, none has an activation, and all reorder weights in each call.
 */
final class ConvolutionPairs {
  /** Winograd's transforms cost digits: 1e-4 instead of 1e-5. */
  private static final double TOLERANCE = 3e-4;

  private static final ConvolutionKernels KERNELS = Backend.of(Device.CPU).convolution();
  private static final long[] ONE = {1, 1};

  private ConvolutionPairs() {}

  static Stream<Candidate> all() {
    return Shapes.r50(ConvolutionBenchmark.class)
        .flatMap(
            shape ->
                Stream.of(
                    new Candidate("convolution.forward", shape, () -> forward(shape)),
                    new Candidate("convolution.gradInput", shape, () -> gradInput(shape)),
                    new Candidate("convolution.gradWeight", shape, () -> gradWeight(shape))));
  }

  /** The operands at one shape, ours and libtorch's in both layouts. */
  private static final class Case {
    final NamedShape shape;
    final Window window;
    final Tensor x;
    final Tensor weight;
    final Tensor bias;
    final Tensor y;

    Case(String text) {
      shape = NamedShape.of(text);
      window = new Window(shape.get(5), shape.get(7), shape.get(5) / 2);
      Inputs inputs = new Inputs();
      x = inputs.uniform(shape.get(0), shape.get(1), shape.get(2), shape.get(3));
      weight = inputs.uniform(shape.get(4), shape.get(3), shape.get(5), shape.get(6));
      bias = inputs.uniform(shape.get(4));
      y =
          inputs.uniform(
              shape.get(0), window.output(shape.get(1)), window.output(shape.get(2)), shape.get(4));
    }

    Effort effort() {
      double perOutput = 2.0 * shape.get(3) * shape.get(5) * shape.get(6);
      return Effort.of(y.size() * perOutput, (double) x.size() + y.size() + weight.size());
    }

    Pair pair(String op, Goal goal, Contestant java, List<Contestant> peers) {
      String text = shape.name() + " " + describe();
      return new Pair(op, text, effort(), goal, TOLERANCE, java, peers);
    }

    private String describe() {
      return "%dx%dx%d %d->%d %dx%d/%d"
          .formatted(
              shape.get(0),
              shape.get(1),
              shape.get(2),
              shape.get(3),
              shape.get(4),
              shape.get(5),
              shape.get(6),
              shape.get(7));
    }

    long[] stride() {
      return new long[] {window.stride(), window.stride()};
    }

    long[] padding() {
      return new long[] {window.padding(), window.padding()};
    }
  }

  /** What a forward convolution is to reach: Winograd's form halves the work of 3x3 stride 1. */
  private static Goal goal(Window window) {
    if (window.kernel() == 1) {
      return Goal.speed(1.1);
    }
    return Goal.speed(window.kernel() == 3 && window.stride() == 1 ? 2 : 1);
  }

  private static Pair forward(String text) {
    Case c = new Case(text);
    Tensor out = Tensor.empty(c.y.shape().dims());
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () -> KERNELS.conv2d(c.x, c.weight, c.bias, c.window, Activation.NONE, out),
            out::toFloats);
    org.bytedeco.pytorch.Tensor bias = Torch.copy(c.bias);
    return c.pair(
        "convolution.forward",
        goal(c.window),
        java,
        inBothLayouts(
            c,
            layout ->
                torch.conv2d(
                    layout.x, layout.weight, Torch.optional(bias), c.stride(), c.padding(), ONE, 1),
            Torch::mapFloats));
  }

  private static Pair gradInput(String text) {
    Case c = new Case(text);
    Tensor out = Tensor.empty(c.x.shape().dims());
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () -> KERNELS.conv2dBackwardInput(c.y, c.weight, c.window, out),
            out::toFloats);
    return c.pair(
        "convolution.gradInput",
        Goal.speed(1),
        java,
        inBothLayouts(c, layout -> backward(c, layout, true).get0(), Torch::mapFloats));
  }

  private static Pair gradWeight(String text) {
    Case c = new Case(text);
    Tensor out = Tensor.empty(c.weight.shape().dims());
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () -> KERNELS.conv2dBackwardWeight(c.y, c.x, c.window, out),
            out::toFloats);
    return c.pair(
        "convolution.gradWeight",
        Goal.speed(1),
        java,
        inBothLayouts(c, layout -> backward(c, layout, false).get1(), Torch::floats));
  }

  private static T_TensorTensorTensor_T backward(Case c, Layout layout, boolean ofInput) {
    return torch.convolution_backward(
        layout.y,
        layout.x,
        layout.weight,
        new LongArrayRefOptional(),
        c.stride(),
        c.padding(),
        ONE,
        false,
        new long[] {0, 0},
        1,
        Torch.mask(ofInput, !ofInput, false));
  }

  /** The operands in one of libtorch's layouts. */
  private record Layout(
      org.bytedeco.pytorch.Tensor x,
      org.bytedeco.pytorch.Tensor weight,
      org.bytedeco.pytorch.Tensor y) {}

  private static List<Contestant> inBothLayouts(
      Case c,
      Function<Layout, org.bytedeco.pytorch.Tensor> call,
      Function<org.bytedeco.pytorch.Tensor, float[]> floats) {
    Layout last =
        new Layout(
            Torch.channelsLast(c.x),
            Torch.copy(c.weight).contiguous(torch.MemoryFormat.ChannelsLast),
            Torch.channelsLast(c.y));
    Layout first = new Layout(last.x.contiguous(), last.weight.contiguous(), last.y.contiguous());
    return List.of(
        Torch.contestant("libtorch NHWC", () -> call.apply(last), floats),
        Torch.contestant("libtorch NCHW", () -> call.apply(first), floats));
  }
}
