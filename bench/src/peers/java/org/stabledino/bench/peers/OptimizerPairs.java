package org.stabledino.bench.peers;

import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.NamedShape;
import org.stabledino.bench.OptimizerBenchmark;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.OptimizerKernels;

/**
 * What follows the backward pass: the gradients' norm, clipping, AdamW.
 *
 * <p>libtorch clips gradients where they are, ours are scaled on the way into the update. So only
 * the first step, which is the one that is checked, meets a norm beyond the limit on both sides;
 * libtorch multiplies by 1 in all others, at the same cost.
 */
final class OptimizerPairs {
  private static final double TOLERANCE = 1e-5;
  private static final double RATE = 1e-4;
  private static final double DECAY = 1e-4;
  private static final double MAX_NORM = 0.1;

  private OptimizerPairs() {}

  static Stream<Candidate> all() {
    return Shapes.r50(OptimizerBenchmark.class)
        .map(s -> new Candidate("optimizer.clipAdamW", s, () -> clipAdamW(s)));
  }

  private static Pair clipAdamW(String shape) {
    int size = (int) NamedShape.of(shape).count();
    Inputs inputs = new Inputs();
    OptimizerKernels kernels = Backend.of(Device.CPU).optimizer();
    var parameter = inputs.uniform(size);
    var gradient = inputs.uniform(size);
    var first = org.stabledino.tensor.Tensor.zeros(size);
    var second = org.stabledino.tensor.Tensor.zeros(size);
    Tensor theirs = Torch.copy(parameter).requires_grad_();
    theirs.mutable_grad().put(Torch.copy(gradient));
    TensorVector parameters = new TensorVector(theirs);
    AdamWOptions options = new AdamWOptions(RATE);
    options.weight_decay().put(DECAY);
    AdamW optimizer = new AdamW(parameters, options);
    long[] steps = new long[1];
    var sum = org.stabledino.tensor.Tensor.of(new double[1], 1);
    var loss = org.stabledino.tensor.Tensor.zeros(1);
    var clip = org.stabledino.tensor.Tensor.zeros(1);
    return new Pair(
        "optimizer.clipAdamW",
        shape,
        // The gradient for the norm; then four tensors read and three written.
        Effort.traffic(8.0 * size),
        Goal.bandwidth(0.9),
        TOLERANCE,
        new Contestant(
            Contestant.JAVA,
            () -> {
              kernels.sumOfSquares(List.of(gradient), sum);
              kernels.clipping(sum, loss, MAX_NORM, clip);
              kernels.adamW(
                  new OptimizerKernels.AdamW(
                      (float) RATE, 0.9f, 0.999f, 1e-8f, (float) DECAY, ++steps[0]),
                  clip,
                  parameter,
                  gradient,
                  first,
                  second);
            },
            parameter::toFloats),
        List.of(
            new Contestant(
                "libtorch",
                () -> {
                  torch.clip_grad_norm_(parameters, MAX_NORM);
                  optimizer.step();
                },
                () -> Torch.floats(theirs))));
  }
}
