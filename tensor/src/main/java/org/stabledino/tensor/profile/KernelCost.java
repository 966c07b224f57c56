package org.stabledino.tensor.profile;

import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Tensor;

/**
 * What a kernel's definition asks for, whatever its implementation does: floating-point operations,
 * a multiply-add counted as two, and the bytes that must be read or written at least once. So a
 * rate can exceed the machine's peak where an algorithm saves operations (Winograd) or data is
 * still in a cache.
 *
 * <p>Kernels that no formula names do one operation for each element of their largest tensor.
 */
final class KernelCost {
  /** Kernels that move or compare values and do no arithmetic. */
  private static final Set<String> NO_ARITHMETIC =
      Set.of(
          "fill", "permute", "copyBlock", "gatherRows", "maxLast", "topK", "maskedFill", "dropout");

  private static final Map<String, ToDoubleFunction<KernelCall>> FLOP =
      Map.ofEntries(
          Map.entry("gemm", KernelCost::product),
          Map.entry("batchedGemm", KernelCost::product),
          Map.entry("conv2d", call -> convolution(call, "out", "weight")),
          Map.entry("conv2dBackwardInput", call -> convolution(call, "gradOut", "weight")),
          Map.entry("conv2dBackwardWeight", call -> convolution(call, "gradOut", "gradWeight")),
          Map.entry("maxPool2d", KernelCost::pooling),
          Map.entry("resizeBilinear", call -> 8 * call.size("out")),
          Map.entry("resizeBilinearBackward", call -> 8 * call.size("gradOut")),
          Map.entry("attention", call -> 2 * scores(call)),
          Map.entry("attentionBackward", call -> 5 * scores(call)),
          Map.entry("deformableAttention", call -> 8 * samples(call)),
          Map.entry("deformableAttentionBackward", call -> 16 * samples(call)),
          Map.entry("softmax", call -> 5 * call.size("x")),
          Map.entry("softmaxBackward", call -> 4 * call.size("y")),
          Map.entry("layerNorm", call -> 7 * call.size("x")),
          Map.entry("layerNormBackward", call -> 12 * call.size("x")),
          Map.entry("groupNorm", call -> 7 * call.size("x")),
          Map.entry("groupNormBackward", call -> 12 * call.size("x")),
          Map.entry("affine", call -> 2 * call.size("x")),
          Map.entry("channelAffine", call -> 2 * call.size("x")),
          Map.entry("axpy", call -> 2 * call.size("x")),
          Map.entry("classLoss", call -> 40 * call.size("logits")),
          Map.entry("boxLoss", call -> 100 * call.size("queries")),
          Map.entry("positionTargets", call -> 30 * call.size("boxes") / 4 * call.size("labels")),
          Map.entry("total", call -> 3 * call.size("boxes")),
          Map.entry("clipping", _ -> 4),
          Map.entry("matchingCosts", call -> 40 * call.size("out")),
          Map.entry("overlaps", call -> 30 * call.size("boxes") / 4 * (call.size("others") / 4)),
          Map.entry("adamW", call -> 12 * call.size("parameter")),
          Map.entry("sumOfSquares", call -> 2 * call.tensors().mapToDouble(Tensor::size).sum()),
          Map.entry("movingAverage", call -> 3 * call.size("average")));

  private KernelCost() {}

  /** The floating-point operations of a call. */
  static double flop(KernelCall call) {
    if (NO_ARITHMETIC.contains(call.name())) {
      return 0;
    }
    ToDoubleFunction<KernelCall> formula = FLOP.get(call.name());
    return formula == null
        ? call.tensors().mapToDouble(Tensor::size).max().orElse(0)
        : formula.applyAsDouble(call);
  }

  /** The bytes of a call: every tensor once, of a block that is copied or gathered only it. */
  static double bytes(KernelCall call) {
    return switch (call.name()) {
      case "copyBlock" -> 2 * block(call);
      case "addBlock" -> 3 * block(call);
      case "gatherRows" -> 8 * call.size("out") + 4 * call.size("indices");
      case "scatterAddRows" -> 12 * call.size("x") + 4 * call.size("indices");
      default ->
          call.tensors()
              .mapToDouble(tensor -> (double) tensor.size() * tensor.dtype().bytes())
              .sum();
    };
  }

  /** Bytes of the block that copyBlock and addBlock name. */
  private static double block(KernelCall call) {
    return 4 * call.size("x") / call.tensor("x").dim(call.number("axis")) * call.number("width");
  }

  /** 2 M N K, of a batch or not: the result's elements, each a sum of K products. */
  private static double product(KernelCall call) {
    Tensor a = call.tensor("a");
    int k = a.dim(call.flag("transposeA") ? a.rank() - 2 : a.rank() - 1);
    return 2 * call.size("out") * k;
  }

  /** Each element of the map is, or gives, a product with Cin k k weights. */
  private static double convolution(KernelCall call, String map, String weight) {
    return 2 * call.size(map) * call.size(weight) / call.tensor(weight).dim(0);
  }

  private static double pooling(KernelCall call) {
    int kernel = call.get("window", Window.class).kernel();
    return call.size("out") * kernel * kernel;
  }

  /** One product of all queries of all heads with all keys. */
  private static double scores(KernelCall call) {
    return 2 * call.size("q") * call.tensor("k").dim(1);
  }

  /** Values that samples read the corners of: each of B Q H L P samples has D channels. */
  private static double samples(KernelCall call) {
    return call.size("weights") * call.tensor("value").dim(3);
  }
}
