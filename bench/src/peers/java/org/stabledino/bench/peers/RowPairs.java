package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.bench.NormalizationBenchmark;
import org.stabledino.bench.SoftmaxBenchmark;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.NormalizationKernels;

/** Softmax, LayerNorm and GroupNorm beside libtorch's kernels, forward and backward. */
final class RowPairs {
  private static final double TOLERANCE = 1e-4;
  private static final float EPS = 1e-5f;
  private static final AttentionKernels SOFTMAX = Backend.of(Device.CPU).attention();
  private static final NormalizationKernels NORMS = Backend.of(Device.CPU).normalization();

  private RowPairs() {}

  static Stream<Candidate> all() {
    return Stream.concat(
        Shapes.r50(SoftmaxBenchmark.class)
            .flatMap(
                s ->
                    Stream.of(
                        new Candidate("softmax.forward", s, () -> softmax(s)),
                        new Candidate("softmax.forwardBackward", s, () -> softmaxBackward(s)))),
        Shapes.r50(NormalizationBenchmark.class)
            .flatMap(
                s ->
                    Stream.of(
                        new Candidate("norm.layerForward", s, () -> new Norm(s).layer()),
                        new Candidate("norm.layerBackward", s, () -> new Norm(s).layerBackward()),
                        new Candidate("norm.groupForward", s, () -> new Norm(s).group()),
                        new Candidate(
                            "norm.groupBackward", s, () -> new Norm(s).groupBackward()))));
  }

  private static Pair softmax(String shape) {
    NamedShape s = NamedShape.of(shape);
    var x = new Inputs().between(-4f, 4f, s.get(0), s.get(1));
    var y = org.stabledino.tensor.Tensor.empty(s.get(0), s.get(1));
    Tensor input = Torch.copy(x);
    return new Pair(
        "softmax.forward",
        shape,
        Effort.traffic(2 * s.count()),
        Goal.speed(3),
        TOLERANCE,
        new Contestant(Contestant.JAVA, () -> SOFTMAX.softmax(x, y), y::toFloats),
        List.of(Torch.contestant("libtorch", () -> torch.softmax(input, -1), Torch::floats)));
  }

  private static Pair softmaxBackward(String shape) {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = new Inputs();
    var x = inputs.between(-4f, 4f, s.get(0), s.get(1));
    var gradOut = inputs.uniform(s.get(0), s.get(1));
    var y = org.stabledino.tensor.Tensor.empty(s.get(0), s.get(1));
    var gradX = org.stabledino.tensor.Tensor.empty(s.get(0), s.get(1));
    Tensor input = Torch.copy(x).requires_grad_();
    Tensor gradient = Torch.copy(gradOut);
    return new Pair(
        "softmax.forwardBackward",
        shape,
        Effort.traffic(5 * s.count()),
        Goal.NONE,
        TOLERANCE,
        new Contestant(
            Contestant.JAVA,
            () -> {
              SOFTMAX.softmax(x, y);
              SOFTMAX.softmaxBackward(y, gradOut, gradX);
            },
            gradX::toFloats),
        List.of(
            Torch.contestant(
                "libtorch",
                () -> Torch.gradients(torch.softmax(input, -1), gradient, input).get(0),
                Torch::floats)));
  }

  /** One image's rows of C channels, and both norms with their statistics. */
  private static final class Norm {
    private static final int CHANNELS_A_GROUP = 8;
    private final String shape;
    private final int rows;
    private final int channels;
    private final int groups;
    private final org.stabledino.tensor.Tensor x;
    private final org.stabledino.tensor.Tensor gradOut;
    private final org.stabledino.tensor.Tensor weight;
    private final org.stabledino.tensor.Tensor bias;
    private final org.stabledino.tensor.Tensor y;
    private final org.stabledino.tensor.Tensor gradX;
    private final org.stabledino.tensor.Tensor gradWeight;
    private final org.stabledino.tensor.Tensor gradBias;

    Norm(String text) {
      NamedShape s = NamedShape.of(text);
      shape = text;
      rows = s.get(1);
      channels = s.get(2);
      groups = channels / CHANNELS_A_GROUP;
      Inputs inputs = new Inputs();
      x = inputs.uniform(1, rows, channels);
      gradOut = inputs.uniform(1, rows, channels);
      weight = inputs.uniform(channels);
      bias = inputs.uniform(channels);
      y = inputs.uniform(1, rows, channels);
      gradX = inputs.uniform(1, rows, channels);
      gradWeight = inputs.uniform(channels);
      gradBias = inputs.uniform(channels);
    }

    private Pair pair(String op, int tensors, Contestant java, Contestant... peers) {
      Effort effort = Effort.traffic(tensors * (double) x.size());
      return new Pair(op, shape, effort, Goal.speed(1), TOLERANCE, java, List.of(peers));
    }

    Pair layer() {
      var mean = org.stabledino.tensor.Tensor.empty(1, rows);
      var inverseStd = org.stabledino.tensor.Tensor.empty(1, rows);
      Tensor input = Torch.copy(x);
      Tensor scale = Torch.copy(weight);
      Tensor shift = Torch.copy(bias);
      return pair(
          "norm.layerForward",
          2,
          new Contestant(
              Contestant.JAVA,
              () -> NORMS.layerNorm(x, weight, bias, EPS, y, mean, inverseStd),
              y::toFloats),
          Torch.contestant(
              "libtorch", () -> statistics(input, scale, shift).get0(), Torch::floats));
    }

    private T_TensorTensorTensor_T statistics(Tensor input, Tensor scale, Tensor shift) {
      return torch.native_layer_norm(
          input, new long[] {channels}, Torch.optional(scale), Torch.optional(shift), EPS);
    }

    Pair layerBackward() {
      var mean = org.stabledino.tensor.Tensor.empty(1, rows);
      var inverseStd = org.stabledino.tensor.Tensor.empty(1, rows);
      NORMS.layerNorm(x, weight, bias, EPS, y, mean, inverseStd);
      Tensor input = Torch.copy(x);
      Tensor scale = Torch.copy(weight);
      Tensor shift = Torch.copy(bias);
      Tensor gradient = Torch.copy(gradOut);
      T_TensorTensorTensor_T kept = statistics(input, scale, shift);
      return pair(
          "norm.layerBackward",
          3,
          new Contestant(
              Contestant.JAVA,
              () ->
                  NORMS.layerNormBackward(
                      gradOut, x, weight, mean, inverseStd, gradX, gradWeight, gradBias),
              gradX::toFloats),
          Torch.contestant(
              "libtorch",
              () ->
                  torch
                      .native_layer_norm_backward(
                          gradient,
                          input,
                          new long[] {channels},
                          kept.get1(),
                          kept.get2(),
                          Torch.optional(scale),
                          Torch.optional(shift),
                          Torch.mask(true, true, true))
                      .get0(),
              Torch::floats));
    }

    Pair group() {
      var mean = org.stabledino.tensor.Tensor.empty(1, groups);
      var inverseStd = org.stabledino.tensor.Tensor.empty(1, groups);
      Tensor last = Torch.copy(x).reshape(1, rows, 1, channels).permute(0, 3, 1, 2);
      Tensor first = last.contiguous();
      Tensor scale = Torch.copy(weight);
      Tensor shift = Torch.copy(bias);
      Supplier<Tensor> nhwc = () -> group(last, scale, shift).get0();
      Supplier<Tensor> nchw = () -> group(first, scale, shift).get0();
      return pair(
          "norm.groupForward",
          2,
          new Contestant(
              Contestant.JAVA,
              () ->
                  NORMS.groupNorm(
                      x, groups, weight, bias, EPS, Activation.NONE, y, mean, inverseStd),
              y::toFloats),
          Torch.contestant("libtorch NHWC", nhwc, Torch::mapFloats),
          Torch.contestant("libtorch NCHW", nchw, Torch::mapFloats));
    }

    private T_TensorTensorTensor_T group(Tensor input, Tensor scale, Tensor shift) {
      return torch.native_group_norm(
          input, Torch.optional(scale), Torch.optional(shift), 1, channels, rows, groups, EPS);
    }

    Pair groupBackward() {
      var mean = org.stabledino.tensor.Tensor.empty(1, groups);
      var inverseStd = org.stabledino.tensor.Tensor.empty(1, groups);
      NORMS.groupNorm(x, groups, weight, bias, EPS, Activation.NONE, y, mean, inverseStd);
      Tensor input = Torch.copy(x).reshape(1, rows, 1, channels).permute(0, 3, 1, 2).contiguous();
      Tensor gradient =
          Torch.copy(gradOut).reshape(1, rows, 1, channels).permute(0, 3, 1, 2).contiguous();
      Tensor scale = Torch.copy(weight);
      T_TensorTensorTensor_T kept = group(input, scale, Torch.copy(bias));
      return pair(
          "norm.groupBackward",
          3,
          new Contestant(
              Contestant.JAVA,
              () ->
                  NORMS.groupNormBackward(
                      gradOut, x, groups, weight, mean, inverseStd, gradX, gradWeight, gradBias),
              gradX::toFloats),
          Torch.contestant(
              "libtorch NCHW",
              () ->
                  torch
                      .native_group_norm_backward(
                          gradient,
                          input,
                          kept.get1(),
                          kept.get2(),
                          Torch.optional(scale),
                          1,
                          channels,
                          rows,
                          groups,
                          Torch.mask(true, true, true))
                      .get0(),
              Torch::mapFloats));
    }
  }
}
