package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.ElementwiseBenchmark;
import org.stabledino.bench.GemmBenchmark;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/** What passes over a tensor once: residual sums, activations, epilogues, resizing. */
final class ElementwisePairs {
  private static final double TOLERANCE = 2e-5;

  /** Coordinates of up to a thousand leave five digits for the weights. */
  private static final double RESIZE_TOLERANCE = 2e-4;

  private static final ElementwiseKernels KERNELS = Backend.of(Device.CPU).elementwise();

  /** A map of the neck to the next finer level, and a photo to the network's size. */
  private static final List<String> RESIZES =
      List.of("r50.level 1x25x42x256 to 50x84", "r50.photo 1x480x640x3 to 800x1067");

  private ElementwisePairs() {}

  static Stream<Candidate> all() {
    Stream<Candidate> passes =
        Shapes.r50(ElementwiseBenchmark.class)
            .flatMap(
                s ->
                    Stream.of(
                        new Candidate("elementwise.addRelu", s, () -> addRelu(s)),
                        new Candidate("elementwise.affineRelu", s, () -> affineRelu(s)),
                        new Candidate("elementwise.gelu", s, () -> gelu(s)),
                        new Candidate("elementwise.sigmoid", s, () -> sigmoid(s))));
    Stream<Candidate> epilogues =
        Shapes.r50(GemmBenchmark.class)
            .filter(s -> s.contains("ffn1"))
            .map(s -> new Candidate("elementwise.linearRelu", s, () -> linearRelu(s)));
    Stream<Candidate> resizes =
        RESIZES.stream().map(s -> new Candidate("elementwise.resize", s, () -> resize(s)));
    return Stream.of(passes, epilogues, resizes).flatMap(Function.identity());
  }

  private static Pair addRelu(String shape) {
    int[] dims = NamedShape.of(shape).extents();
    Inputs inputs = new Inputs();
    var a = inputs.uniform(dims);
    var b = inputs.uniform(dims);
    var out = org.stabledino.tensor.Tensor.empty(dims);
    Tensor left = Torch.copy(a);
    Tensor right = Torch.copy(b);
    return new Pair(
        "elementwise.addRelu",
        shape,
        Effort.traffic(3.0 * a.size()),
        Goal.speed(1),
        TOLERANCE,
        new Contestant(Contestant.JAVA, () -> KERNELS.addRelu(a, b, out), out::toFloats),
        List.of(Torch.contestant("libtorch", () -> left.add(right).relu_(), Torch::floats)));
  }

  /** A frozen batch norm with ReLU. */
  private static Pair affineRelu(String shape) {
    int[] dims = NamedShape.of(shape).extents();
    Inputs inputs = new Inputs();
    var x = inputs.uniform(dims);
    var scale = inputs.uniform(dims[dims.length - 1]);
    var shift = inputs.uniform(dims[dims.length - 1]);
    var out = org.stabledino.tensor.Tensor.empty(dims);
    Tensor input = Torch.copy(x);
    Tensor factor = Torch.copy(scale);
    Tensor summand = Torch.copy(shift);
    return new Pair(
        "elementwise.affineRelu",
        shape,
        Effort.traffic(2.0 * x.size()),
        Goal.speed(1),
        TOLERANCE,
        new Contestant(
            Contestant.JAVA,
            () -> KERNELS.channelAffine(x, scale, shift, true, out),
            out::toFloats),
        List.of(
            Torch.contestant(
                "libtorch", () -> torch.addcmul(summand, input, factor).relu_(), Torch::floats)));
  }

  private static Pair gelu(String shape) {
    return unary("elementwise.gelu", shape, Goal.speed(1), Unary.GELU, torch::gelu);
  }

  private static Pair sigmoid(String shape) {
    return unary("elementwise.sigmoid", shape, Goal.NONE, Unary.SIGMOID, torch::sigmoid);
  }

  private static Pair unary(
      String op, String shape, Goal goal, Unary unary, Function<Tensor, Tensor> peer) {
    int[] dims = NamedShape.of(shape).extents();
    var x = new Inputs().between(-4f, 4f, dims);
    var out = org.stabledino.tensor.Tensor.empty(dims);
    Tensor input = Torch.copy(x);
    return new Pair(
        op,
        shape,
        Effort.traffic(2.0 * x.size()),
        goal,
        TOLERANCE,
        new Contestant(Contestant.JAVA, () -> KERNELS.unary(unary, x, out), out::toFloats),
        List.of(Torch.contestant("libtorch", () -> peer.apply(input), Torch::floats)));
  }

  /** A linear layer with bias and ReLU: one kernel here, product and pass over it there. */
  private static Pair linearRelu(String shape) {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = new Inputs();
    var x = inputs.uniform(s.get(0), s.get(1));
    var weight = inputs.uniform(s.get(2), s.get(1));
    var bias = inputs.uniform(s.get(2));
    var out = org.stabledino.tensor.Tensor.empty(s.get(0), s.get(2));
    Tensor input = Torch.copy(x);
    Tensor matrix = Torch.copy(weight);
    Tensor shift = Torch.copy(bias);
    double floats = (double) x.size() + weight.size() + out.size();
    return new Pair(
        "elementwise.linearRelu",
        shape,
        Effort.of(2 * s.count(), floats),
        Goal.speed(1),
        TOLERANCE,
        new Contestant(
            Contestant.JAVA,
            () ->
                Backend.of(Device.CPU)
                    .matmul()
                    .gemm(false, true, x, weight, bias, Activation.RELU, false, out),
            out::toFloats),
        List.of(
            Torch.contestant(
                "libtorch",
                () -> torch.linear(input, matrix, Torch.optional(shift)).relu_(),
                Torch::floats)));
  }

  private static Pair resize(String shape) {
    NamedShape s = NamedShape.of(shape);
    var x = new Inputs().uniform(s.get(0), s.get(1), s.get(2), s.get(3));
    var out = org.stabledino.tensor.Tensor.empty(s.get(0), s.get(4), s.get(5), s.get(3));
    Tensor last = Torch.channelsLast(x);
    Tensor first = last.contiguous();
    long[] size = {s.get(4), s.get(5)};
    return new Pair(
        "elementwise.resize",
        shape,
        Effort.traffic((double) x.size() + out.size()),
        Goal.speed(1),
        RESIZE_TOLERANCE,
        new Contestant(
            Contestant.JAVA,
            () -> Backend.of(Device.CPU).convolution().resizeBilinear(x, false, out),
            out::toFloats),
        List.of(
            Torch.contestant(
                "libtorch NHWC",
                () -> torch.upsample_bilinear2d(last, size, false),
                Torch::mapFloats),
            Torch.contestant(
                "libtorch NCHW",
                () -> torch.upsample_bilinear2d(first, size, false),
                Torch::mapFloats)));
  }
}
