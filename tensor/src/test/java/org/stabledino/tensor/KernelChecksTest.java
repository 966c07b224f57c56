package org.stabledino.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/** Feeds every kernel with every argument in wrong shapes. */
class KernelChecksTest {
  private static final Backend CPU = Backend.of(Device.CPU);
  private static final Window WINDOW = new Window(3, 2, 1);
  private static final Levels LEVELS = new Levels(new int[] {2, 1}, new int[] {3, 2});
  private static final OptimizerKernels.AdamW ADAM =
      new OptimizerKernels.AdamW(1e-3f, 0.9f, 0.999f, 1e-8f, 0.1f, 1);

  /** Arguments that are no tensors; a tensor that does not fit one may be blamed on it. */
  private static final Set<String> NUMBERS = Set.of("order", "width", "to", "groups", "heads");

  /** One argument of a call; the innermost extent of some may be any. */
  private record Argument(String name, DType dtype, boolean innermostIsFree, int... dims) {
    Tensor tensor() {
      return Tensor.zeros(dtype, Shape.of(dims));
    }

    Argument with(int... other) {
      return new Argument(name, dtype, innermostIsFree, other);
    }
  }

  private static Argument f(String name, int... dims) {
    return new Argument(name, DType.FLOAT32, false, dims);
  }

  private static Argument longer(String name, int... dims) {
    return new Argument(name, DType.FLOAT32, true, dims);
  }

  private static Argument ints(String name, int... dims) {
    return new Argument(name, DType.INT32, false, dims);
  }

  private static Argument doubles(String name, int... dims) {
    return new Argument(name, DType.FLOAT64, false, dims);
  }

  private static Argument bools(String name, int... dims) {
    return new Argument(name, DType.BOOL, false, dims);
  }

  private record Call(String kernel, String op, List<Argument> arguments, Consumer<Tensor[]> run) {
    void with(List<Argument> changed) {
      run.accept(changed.stream().map(Argument::tensor).toArray(Tensor[]::new));
    }

    @Override
    public String toString() {
      return op;
    }
  }

  private static Call call(String op, Consumer<Tensor[]> run, Argument... arguments) {
    return new Call(op, op, List.of(arguments), run);
  }

  private static Call call(
      String kernel, String op, Consumer<Tensor[]> run, Argument... arguments) {
    return new Call(kernel, op, List.of(arguments), run);
  }

  static Stream<Call> calls() {
    return Stream.of(
            elementwise(), indexing(), matmul(), convolution(), normalization(), losses(), others())
        .flatMap(List::stream);
  }

  private static List<Call> elementwise() {
    ElementwiseKernels e = CPU.elementwise();
    return List.of(
        call("unary", "exp", t -> e.unary(Unary.EXP, t[0], t[1]), f("x", 2, 3), f("out", 2, 3)),
        call(
            "unaryBackward",
            "geluBackward",
            t -> e.unaryBackward(Unary.GELU, t[0], t[1], t[2], t[3]),
            f("x", 2, 3),
            f("y", 2, 3),
            f("gradOut", 2, 3),
            f("gradX", 2, 3)),
        call(
            "binary",
            "add",
            t -> e.binary(Binary.ADD, t[0], t[1], t[2]),
            f("a", 2, 3),
            f("b", 1, 3),
            f("out", 2, 3)),
        call(
            "binary",
            "divide",
            t -> e.binary(Binary.DIVIDE, t[0], t[1], t[2]),
            f("a", 2, 3),
            f("b", 2, 3),
            f("out", 2, 3)),
        call("affine", t -> e.affine(t[0], 2, 1, t[1]), f("x", 5), f("out", 5)),
        call("axpy", t -> e.axpy(2, t[0], t[1]), f("x", 5), f("y", 5)),
        call("power", t -> e.power(t[0], 2, t[1]), f("x", 5), f("out", 5)),
        call("clamp", t -> e.clamp(t[0], 0, 1, t[1]), f("x", 5), f("out", 5)),
        call(
            "clampBackward",
            t -> e.clampBackward(t[0], 0, 1, t[1], t[2]),
            f("x", 5),
            f("gradOut", 5),
            f("gradX", 5)),
        call(
            "maskedFill",
            t -> e.maskedFill(t[0], t[1], 1, t[2]),
            f("x", 2, 3, 4),
            bools("mask", 2, 3),
            f("out", 2, 3, 4)),
        call(
            "sineCode",
            t -> e.sineCode(t[0], t[1], t[2]),
            f("x", 2, 3),
            f("periods", 4),
            f("out", 2, 3, 4)),
        call("addRelu", t -> e.addRelu(t[0], t[1], t[2]), f("a", 5), f("b", 5), f("out", 5)),
        call(
            "channelAffine",
            t -> e.channelAffine(t[0], t[1], t[2], true, t[3]),
            f("x", 2, 3),
            f("scale", 3),
            f("shift", 3),
            f("out", 2, 3)));
  }

  private static List<Call> indexing() {
    IndexingKernels i = CPU.indexing();
    return List.of(
        call("sumTo", t -> i.sumTo(t[0], t[1]), f("x", 2, 1, 3), f("out", 1, 1, 3)),
        call(
            "maxLast",
            t -> i.maxLast(t[0], t[1], t[2]),
            longer("x", 2, 3),
            f("values", 2),
            ints("indices", 2)),
        call(
            "topK",
            t -> i.topK(t[0], 2, t[1], t[2]),
            longer("x", 2, 3),
            f("values", 2, 2),
            ints("indices", 2, 2)),
        call(
            "permute",
            t -> i.permute(t[0], new int[] {1, 0, 2}, t[1]),
            f("x", 2, 3, 4),
            f("out", 3, 2, 4)),
        call(
            "copyBlock",
            t -> i.copyBlock(t[0], 1, 1, 2, t[1], 3),
            f("x", 2, 3, 4),
            f("out", 2, 5, 4)),
        call(
            "addBlock",
            t -> i.addBlock(t[0], -2, 0, 3, t[1], 0),
            f("x", 2, 3, 4),
            f("out", 2, 3, 4)),
        call(
            "gatherRows",
            t -> i.gatherRows(t[0], t[1], t[2]),
            f("x", 2, 3, 4),
            ints("indices", 2, 5),
            f("out", 2, 5, 4)),
        call(
            "scatterAddRows",
            t -> i.scatterAddRows(t[0], t[1], t[2]),
            f("x", 2, 5, 4),
            ints("indices", 2, 5),
            f("out", 2, 3, 4)));
  }

  private static List<Call> matmul() {
    MatmulKernels m = CPU.matmul();
    List<Call> calls = new ArrayList<>();
    for (int c = 0; c < 4; c++) {
      boolean ta = (c & 1) != 0;
      boolean tb = (c & 2) != 0;
      calls.add(
          call(
              "gemm",
              t -> m.gemm(ta, tb, t[0], t[1], t[2], Activation.RELU, false, t[3]),
              ta ? f("a", 4, 2) : f("a", 2, 4),
              tb ? f("b", 3, 4) : f("b", 4, 3),
              f("bias", 3),
              f("out", 2, 3)));
      calls.add(
          call(
              "batchedGemm",
              t -> m.batchedGemm(ta, tb, 2, t[0], t[1], t[2]),
              ta ? f("a", 5, 4, 2) : f("a", 5, 2, 4),
              tb ? f("b", 5, 3, 4) : f("b", 5, 4, 3),
              f("out", 5, 2, 3)));
    }
    return calls;
  }

  private static List<Call> convolution() {
    ConvolutionKernels c = CPU.convolution();
    Argument x = f("x", 2, 5, 6, 3);
    Argument weight = f("weight", 4, 3, 3, 3);
    return List.of(
        call(
            "conv2d",
            t -> c.conv2d(t[0], t[1], t[2], WINDOW, Activation.NONE, t[3]),
            x,
            weight,
            f("bias", 4),
            f("out", 2, 3, 3, 4)),
        call(
            "conv2dBackwardInput",
            t -> c.conv2dBackwardInput(t[0], t[1], WINDOW, t[2]),
            f("gradOut", 2, 3, 3, 4),
            weight,
            f("gradX", 2, 5, 6, 3)),
        call(
            "conv2dBackwardWeight",
            t -> c.conv2dBackwardWeight(t[0], t[1], WINDOW, t[2]),
            f("gradOut", 2, 3, 3, 4),
            x,
            f("gradWeight", 4, 3, 3, 3)),
        call(
            "maxPool2d",
            t -> c.maxPool2d(t[0], WINDOW, t[1], t[2]),
            x,
            f("out", 2, 3, 3, 3),
            ints("argmax", 2, 3, 3, 3)),
        call(
            "maxPool2dBackward",
            t -> c.maxPool2dBackward(t[0], t[1], t[2]),
            f("gradOut", 2, 3, 3, 3),
            ints("argmax", 2, 3, 3, 3),
            f("gradX", 2, 5, 6, 3)),
        call("resizeBilinear", t -> c.resizeBilinear(t[0], true, t[1]), x, f("out", 2, 7, 9, 3)),
        call(
            "resizeBilinearBackward",
            t -> c.resizeBilinearBackward(t[0], false, t[1]),
            f("gradOut", 2, 7, 9, 3),
            f("gradX", 2, 5, 6, 3)));
  }

  private static List<Call> normalization() {
    NormalizationKernels n = CPU.normalization();
    Argument x = f("x", 2, 3, 4);
    return List.of(
        call(
            "layerNorm",
            t -> n.layerNorm(t[0], t[1], t[2], 1e-5f, t[3], t[4], t[5]),
            x,
            f("weight", 4),
            f("bias", 4),
            f("out", 2, 3, 4),
            f("mean", 6),
            f("inverseStd", 6)),
        call(
            "layerNormBackward",
            t -> n.layerNormBackward(t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]),
            f("gradOut", 2, 3, 4),
            x,
            f("weight", 4),
            f("mean", 6),
            f("inverseStd", 6),
            f("gradX", 2, 3, 4),
            f("gradWeight", 4),
            f("gradBias", 4)),
        call(
            "groupNorm",
            t -> n.groupNorm(t[0], 2, t[1], t[2], 1e-5f, Activation.NONE, t[3], t[4], t[5]),
            x,
            f("weight", 4),
            f("bias", 4),
            f("out", 2, 3, 4),
            f("mean", 2, 2),
            f("inverseStd", 2, 2)),
        call(
            "groupNormBackward",
            t -> n.groupNormBackward(t[0], t[1], 2, t[2], t[3], t[4], t[5], t[6], t[7]),
            f("gradOut", 2, 3, 4),
            x,
            f("weight", 4),
            f("mean", 2, 2),
            f("inverseStd", 2, 2),
            f("gradX", 2, 3, 4),
            f("gradWeight", 4),
            f("gradBias", 4)));
  }

  private static List<Call> losses() {
    LossKernels l = CPU.losses();
    LossKernels.Cost cost = new LossKernels.Cost(2, 5, 2, 0.5, 0.25, 2);
    LossKernels.Focus focus = new LossKernels.Focus(0.25, 2, true);
    LossKernels.Position position =
        new LossKernels.Position(0, 2, LossKernels.Curve.IDENTITY, true, true);
    return List.of(
        call(
            "overlaps",
            t -> l.overlaps(t[0], t[1], t[2], t[3]),
            f("boxes", 3, 4),
            f("others", 2, 4),
            f("iou", 3, 2),
            f("giou", 3, 2)),
        call(
            "matchingCosts",
            t -> l.matchingCosts(cost, t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]),
            longer("logits", 3, 5),
            ints("labels", 2),
            f("boxes", 3, 4),
            f("truth", 2, 4),
            f("giou", 3, 2),
            f("modulator", 3, 2),
            f("largest", 1),
            f("out", 3, 2)),
        call(
            "classLoss",
            t -> l.classLoss(focus, t[0], t[1], t[2], 1, t[3], t[4]),
            f("logits", 3, 5),
            ints("labels", 3),
            f("targets", 3),
            f("sum", 1),
            f("grad", 3, 5)),
        call(
            "positionTargets",
            t -> l.positionTargets(position, t[0], t[1], t[2], t[3], t[4], t[5], t[6]),
            longer("logits", 3, 5),
            f("boxes", 3, 4),
            ints("labels", 2),
            f("truth", 2, 4),
            ints("queries", 1),
            ints("targets", 1),
            f("out", 3)),
        call(
            "boxLoss",
            t -> l.boxLoss(t[0], t[1], t[2], t[3], 1, 1, t[4], t[5]),
            f("boxes", 3, 4),
            f("truth", 2, 4),
            ints("queries", 1),
            ints("targets", 1),
            doubles("sums", 2),
            f("grad", 3, 4)),
        call(
            "total",
            t -> l.total(t[0], t[1], t[2], t[3]),
            f("classes", 3, 2),
            doubles("boxes", 3, 2, 2),
            doubles("weights", 3, 4),
            f("total", 1)));
  }

  private static List<Call> others() {
    AttentionKernels a = CPU.attention();
    OptimizerKernels o = CPU.optimizer();
    Argument q = f("q", 2, 3, 8);
    Argument k = f("k", 2, 5, 8);
    Argument v = f("v", 2, 5, 8);
    Argument blocked = bools("mask.blocked", 3, 5);
    Argument padding = bools("mask.keyPadding", 2, 5);
    Argument bias = f("mask.bias", 1, 2, 3, 5);
    Argument lse = f("logSumExp", 2, 2, 3);
    Argument value = f("value", 2, 8, 2, 4);
    Argument locations = f("locations", 2, 3, 2, 2, 4, 2);
    Argument weights = f("weights", 2, 3, 2, 2, 4);
    return List.of(
        call("softmax", t -> a.softmax(t[0], t[1]), f("x", 2, 3), f("out", 2, 3)),
        call(
            "softmaxBackward",
            t -> a.softmaxBackward(t[0], t[1], t[2]),
            f("y", 2, 3),
            f("gradOut", 2, 3),
            f("gradX", 2, 3)),
        call(
            "attention",
            t -> a.attention(t[0], t[1], t[2], 2, 0.5f, new Mask(t[3], t[4], t[5]), t[6], t[7]),
            q,
            k,
            v,
            blocked,
            padding,
            bias,
            f("out", 2, 3, 8),
            lse),
        call(
            "attentionBackward",
            t ->
                a.attentionBackward(
                    t[0],
                    t[1],
                    t[2],
                    t[3],
                    2,
                    0.5f,
                    new Mask(t[4], t[5], t[6]),
                    t[7],
                    t[8],
                    t[9],
                    t[10],
                    t[11],
                    t[12]),
            f("gradOut", 2, 3, 8),
            q,
            k,
            v,
            blocked,
            padding,
            bias,
            f("out", 2, 3, 8),
            lse,
            f("gradQ", 2, 3, 8),
            f("gradK", 2, 5, 8),
            f("gradV", 2, 5, 8),
            f("gradBias", 1, 2, 3, 5)),
        call(
            "deformableAttention",
            t -> a.deformableAttention(t[0], LEVELS, t[1], t[2], t[3]),
            value,
            locations,
            weights,
            f("out", 2, 3, 8)),
        call(
            "deformableAttentionBackward",
            t -> a.deformableAttentionBackward(t[0], t[1], LEVELS, t[2], t[3], t[4], t[5], t[6]),
            f("gradOut", 2, 3, 8),
            value,
            locations,
            weights,
            f("gradValue", 2, 8, 2, 4),
            f("gradLocations", 2, 3, 2, 2, 4, 2),
            f("gradWeights", 2, 3, 2, 2, 4)),
        call(
            "adamW",
            t -> o.adamW(ADAM, t[0], t[1], t[2], t[3], t[4]),
            f("gradScale", 1),
            f("parameter", 5),
            f("gradient", 5),
            f("firstMoment", 5),
            f("secondMoment", 5)),
        call(
            "movingAverage",
            t -> o.movingAverage(t[0], t[1], 0.9f, t[2]),
            f("average", 5),
            f("value", 5),
            f("coefficient", 1)),
        call(
            "clipping",
            t -> o.clipping(t[0], t[1], 0.1, t[2]),
            doubles("sumOfSquares", 1),
            f("loss", 1),
            f("coefficient", 1)));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void everyArgumentMustHaveItsShape(Call call) {
    call.with(call.arguments);
    Set<String> named = new TreeSet<>();
    for (int i = 0; i < call.arguments.size(); i++) {
      Argument argument = call.arguments.get(i);
      List<int[]> wrong = new ArrayList<>();
      if (!argument.innermostIsFree) {
        int[] wider = argument.dims.clone();
        wider[wider.length - 1]++;
        wrong.add(wider);
        int[] narrower = argument.dims.clone();
        narrower[narrower.length - 1] = 0;
        wrong.add(narrower);
      }
      // A sum may always be over one axis more.
      if (!call.op.equals("sumTo") || i > 0) {
        int[] deeper = new int[argument.dims.length + 1];
        deeper[0] = 2;
        System.arraycopy(argument.dims, 0, deeper, 1, argument.dims.length);
        wrong.add(deeper);
      }
      for (int[] dims : wrong) {
        List<Argument> changed = new ArrayList<>(call.arguments);
        changed.set(i, argument.with(dims));
        assertThatThrownBy(() -> call.with(changed))
            .as("%s with %s of shape %s", call, argument.name, Arrays.toString(dims))
            .isInstanceOfSatisfying(
                ShapeMismatchException.class,
                e -> named.add(e.getMessage().replaceAll("^.*?: (\\S+) must be .*$", "$1")))
            .hasMessageStartingWith(call.op + ": ")
            .hasMessageContaining(" must be ")
            .hasMessageContaining(" but is ");
      }
    }
    named.removeAll(NUMBERS);
    assertThat(call.arguments.stream().map(Argument::name)).containsAll(named);
  }

  /** On a GPU a wrong type would be read as garbage, or beyond the end. */
  @ParameterizedTest
  @MethodSource("calls")
  void everyArgumentMustHaveItsType(Call call) {
    for (int i = 0; i < call.arguments.size(); i++) {
      Argument right = call.arguments.get(i);
      DType wrong = right.dtype == DType.UINT8 ? DType.FLOAT32 : DType.UINT8;
      List<Argument> changed = new ArrayList<>(call.arguments);
      changed.set(i, new Argument(right.name, wrong, false, right.dims));
      assertThatThrownBy(() -> call.with(changed))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "%s: %s must be of %s but is ".formatted(call.op, right.name, right.dtype));
    }
  }

  /** So that a kernel that is added must be added here. */
  @Test
  void everyKernelIsHere() {
    Set<String> kernels = new TreeSet<>();
    for (Class<?> family :
        List.of(
            ElementwiseKernels.class,
            IndexingKernels.class,
            MatmulKernels.class,
            ConvolutionKernels.class,
            NormalizationKernels.class,
            AttentionKernels.class,
            OptimizerKernels.class,
            LossKernels.class)) {
      for (Method method : family.getDeclaredMethods()) {
        // Those of one tensor have nothing to compare it with.
        if (Arrays.stream(method.getParameterTypes()).filter(Tensor.class::equals).count() > 1) {
          kernels.add(method.getName());
        }
      }
    }
    assertThat(calls().map(Call::kernel)).containsAll(kernels);
  }

  private static void refused(String op, String argument, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageStartingWith(op + ": " + argument + " must be ");
  }

  private static Tensor zeros(int... dims) {
    return Tensor.zeros(dims);
  }

  @Test
  void numbersMustFitTheShapes() {
    IndexingKernels i = CPU.indexing();
    Tensor x = zeros(2, 3, 4);
    refused("topK", "k", () -> i.topK(zeros(2, 3), 4, zeros(2, 4), null));
    refused("topK", "k", () -> i.topK(zeros(2, 3), -1, null, null));
    for (int[] order : new int[][] {{0, 1}, {0, 1, 1}, {0, 1, 3}, {-1, 0, 1}}) {
      refused("permute", "order", () -> i.permute(x, order, x));
    }
    Tensor other = zeros(2, 3, 4);
    refused("copyBlock", "axis", () -> i.copyBlock(x, 3, 0, 1, other, 0));
    refused("copyBlock", "from", () -> i.copyBlock(x, 1, -1, 1, other, 0));
    refused("copyBlock", "width", () -> i.copyBlock(x, 1, 2, 2, other, 0));
    refused("addBlock", "width", () -> i.addBlock(x, 1, 1, Integer.MAX_VALUE, other, 0));
    refused("addBlock", "to", () -> i.addBlock(x, 1, 0, 2, other, 2));
    refused("addBlock", "to", () -> i.addBlock(x, 1, 0, 2, other, Integer.MAX_VALUE));
    NormalizationKernels n = CPU.normalization();
    Tensor four = zeros(4);
    for (int groups : new int[] {0, 3, -2}) {
      refused(
          "groupNorm",
          "groups",
          () -> n.groupNorm(x, groups, four, four, 1, Activation.NONE, other, null, null));
    }
    refused("layerNorm", "inverseStd", () -> n.layerNorm(x, four, four, 1, other, zeros(6), null));
    ConvolutionKernels c = CPU.convolution();
    Tensor map = zeros(1, 2, 2, 3);
    refused("maxPool2d", "window", () -> c.maxPool2d(map, new Window(3, 1, 0), map, null));
    refused("maxPool2d", "window", () -> c.maxPool2d(map, new Window(1, 0, 0), map, null));
    refused("maxPool2d", "window", () -> c.maxPool2d(map, new Window(1, 1, -1), map, null));
    MatmulKernels m = CPU.matmul();
    Tensor square = zeros(2, 2);
    Tensor two = zeros(2);
    refused(
        "gemm",
        "bias",
        () -> m.gemm(false, false, square, square, two, Activation.NONE, true, zeros(2, 2)));
    refused(
        "gemm",
        "activation",
        () -> m.gemm(false, false, square, square, null, Activation.RELU, true, zeros(2, 2)));
  }

  @Test
  void headsLevelsAndBiasesMustFitTheShapes() {
    AttentionKernels a = CPU.attention();
    Tensor q = zeros(3, 2, 4);
    for (int heads : new int[] {0, 3}) {
      refused(
          "attention",
          "heads",
          () -> a.attention(q, q, q, heads, 1, Mask.NONE, zeros(3, 2, 4), null));
    }
    Mask twoForThree = new Mask(null, null, zeros(2, 1, 2, 2));
    refused(
        "attention",
        "mask.bias",
        () -> a.attention(q, q, q, 1, 1, twoForThree, zeros(3, 2, 4), null));
    refused(
        "attentionBackward",
        "gradBias",
        () ->
            a.attentionBackward(
                q, q, q, q, 1, 1, Mask.NONE, q, zeros(3, 1, 2), q, q, q, zeros(3, 1, 2, 2)));
    refused(
        "deformableAttention",
        "levels",
        () ->
            a.deformableAttention(
                zeros(1, 4, 1, 4),
                new Levels(new int[] {2}, new int[] {2, 0}),
                zeros(1, 3, 1, 1, 2, 2),
                zeros(1, 3, 1, 1, 2),
                zeros(1, 3, 4)));
  }

  @Test
  void aScalarHasNoRows() {
    Tensor scalar = zeros();
    refused("softmax", "x", () -> CPU.attention().softmax(scalar, scalar));
    refused("maxLast", "x", () -> CPU.indexing().maxLast(scalar, null, null));
    refused("maxLast", "x", () -> CPU.indexing().maxLast(zeros(2, 0), null, null));
  }
}
