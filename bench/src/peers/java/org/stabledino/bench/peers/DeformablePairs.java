package org.stabledino.bench.peers;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.DeformableAttentionBenchmark;
import org.stabledino.bench.DeformableOperands;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;

/**
 * Multi-scale deformable attention beside what libtorch offers on a CPU: the published formulation
 * by {@code grid_sample}, differentiated by its autograd.
 */
final class DeformablePairs {
  private static final double TOLERANCE = 1e-4;
  private static final Goal GOAL = Goal.speed(12);
  private static final AttentionKernels KERNELS = Backend.of(Device.CPU).attention();

  private DeformablePairs() {}

  static Stream<Candidate> all() {
    return Shapes.r50(DeformableAttentionBenchmark.class)
        .flatMap(
            shape ->
                Stream.of(
                    new Candidate("deformable.forward", shape, () -> forward(shape)),
                    new Candidate(
                        "deformable.forwardBackward", shape, () -> forwardBackward(shape))));
  }

  private static Pair forward(String shape) {
    DeformableOperands o = DeformableOperands.of(NamedShape.of(shape));
    var out = org.stabledino.tensor.Tensor.empty(o.gradOut().shape().dims());
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () ->
                KERNELS.deformableAttention(o.value(), o.levels(), o.locations(), o.weights(), out),
            out::toFloats);
    Tensor value = Torch.copy(o.value());
    Tensor locations = Torch.copy(o.locations());
    Tensor weights = Torch.copy(o.weights());
    return new Pair(
        "deformable.forward",
        shape,
        effort(o, shape, 1),
        GOAL,
        TOLERANCE,
        java,
        List.of(
            Torch.contestant(
                "libtorch grid_sample",
                () -> sample(value, o.levels(), locations, weights),
                Torch::floats)));
  }

  private static Pair forwardBackward(String shape) {
    DeformableOperands o = DeformableOperands.of(NamedShape.of(shape));
    var out = org.stabledino.tensor.Tensor.empty(o.gradOut().shape().dims());
    var gradValue = org.stabledino.tensor.Tensor.empty(o.value().shape().dims());
    var gradLocations = org.stabledino.tensor.Tensor.empty(o.locations().shape().dims());
    var gradWeights = org.stabledino.tensor.Tensor.empty(o.weights().shape().dims());
    Contestant java =
        new Contestant(
            Contestant.JAVA,
            () -> {
              KERNELS.deformableAttention(o.value(), o.levels(), o.locations(), o.weights(), out);
              KERNELS.deformableAttentionBackward(
                  o.gradOut(),
                  o.value(),
                  o.levels(),
                  o.locations(),
                  o.weights(),
                  gradValue,
                  gradLocations,
                  gradWeights);
            },
            gradValue::toFloats);
    Tensor value = Torch.copy(o.value()).requires_grad_();
    Tensor locations = Torch.copy(o.locations()).requires_grad_();
    Tensor weights = Torch.copy(o.weights()).requires_grad_();
    Tensor gradOut = Torch.copy(o.gradOut());
    return new Pair(
        "deformable.forwardBackward",
        shape,
        effort(o, shape, 3),
        GOAL,
        TOLERANCE,
        java,
        List.of(
            Torch.contestant(
                "libtorch grid_sample",
                () ->
                    Torch.gradients(
                            sample(value, o.levels(), locations, weights),
                            gradOut,
                            value,
                            locations,
                            weights)
                        .get(0),
                Torch::floats)));
  }

  private static Effort effort(DeformableOperands o, String shape, int passes) {
    double floats =
        (double) o.value().size() + o.locations().size() + o.weights().size() + o.gradOut().size();
    return Effort.of(passes * DeformableOperands.flops(NamedShape.of(shape)), passes * floats);
  }

  /**
   * Bilinear samples of each level, weighted and summed.
   *
   * @param value shape [B, S, H, D]
   * @param levels heights and widths
   * @param locations (x, y) in 0..1, shape [B, Q, H, L, P, 2]
   * @param weights shape [B, Q, H, L, P]
   * @return shape [B, Q, H * D]
   */
  static Tensor sample(Tensor value, Levels levels, Tensor locations, Tensor weights) {
    long batch = value.size(0);
    long heads = value.size(2);
    long depth = value.size(3);
    long queries = locations.size(1);
    long points = locations.size(4);
    Tensor grid = locations.mul(Torch.scalar(2)).sub(Torch.scalar(1));
    TensorVector sampled = new TensorVector();
    for (int level = 0; level < levels.count(); level++) {
      int height = levels.heights()[level];
      int width = levels.widths()[level];
      Tensor map =
          value
              .narrow(1, levels.start(level), (long) height * width)
              .flatten(2, 3)
              .transpose(1, 2)
              .reshape(batch * heads, depth, height, width);
      // [B, Q, H, P, 2] -> [B * H, Q, P, 2]
      Tensor at = grid.select(3, level).transpose(1, 2).flatten(0, 1);
      sampled.push_back(torch.grid_sampler_2d(map, at, 0, 0, false));
    }
    // [B * H, D, Q, L, P] times [B * H, 1, Q, L * P]
    Tensor all = torch.stack(sampled, -2).flatten(-2, -1);
    Tensor shares =
        weights.transpose(1, 2).reshape(batch * heads, 1, queries, levels.count() * points);
    return all.mul(shares).sum(-1).view(batch, heads * depth, queries).transpose(1, 2).contiguous();
  }
}
