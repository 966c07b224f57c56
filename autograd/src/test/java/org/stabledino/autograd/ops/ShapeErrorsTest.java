package org.stabledino.autograd.ops;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.stabledino.autograd.ops.Ops.*;

import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/** Wrong arguments are named before any kernel runs. */
class ShapeErrorsTest {

  private static Variable v(int... dims) {
    return Variable.constant(Tensor.zeros(dims));
  }

  private static Tensor mask(int... dims) {
    return Tensor.zeros(DType.BOOL, Shape.of(dims));
  }

  private static Tensor ints(int... dims) {
    return Tensor.zeros(DType.INT32, Shape.of(dims));
  }

  private static Arguments wrong(String message, Supplier<Variable> call) {
    return Arguments.of(message, call);
  }

  static Stream<Arguments> mismatches() {
    Levels levels = new Levels(new int[] {2}, new int[] {3});
    Mask none = Mask.NONE;
    return Stream.of(
        wrong("add: b must be broadcastable with a [2, 3]", () -> add(v(2, 3), v(2))),
        wrong("sub: b", () -> sub(v(2, 3), v(3, 2))),
        wrong("mul: b", () -> mul(v(2, 3), v(4, 2, 2))),
        wrong("div: b", () -> div(v(2), v(3))),
        wrong("minimum: b", () -> minimum(v(2), v(3))),
        wrong("maximum: b", () -> maximum(v(2), v(3))),
        wrong("addRelu: b must be [2, 3]", () -> addRelu(v(2, 3), v(3))),
        wrong("matmul: a must be [M, K] or [B, M, K]", () -> matmul(v(2), v(2, 2))),
        wrong("matmul: b must be [3, any]", () -> matmul(v(2, 3), v(2, 3))),
        wrong("matmul: b must be [any, 3]", () -> matmul(v(2, 3), false, v(3, 2), true)),
        wrong("matmul: b must be [2, any]", () -> matmul(v(2, 3), true, v(3, 2), false)),
        wrong("matmul: b must be [5, 3, any]", () -> matmul(v(5, 2, 3), v(4, 3, 2))),
        wrong("matmul: b must be [5, 3, any]", () -> matmul(v(5, 2, 3), v(3, 2))),
        wrong("linear: weight must be [any, 3]", () -> linear(v(2, 3), v(3, 4), null)),
        wrong("linear: bias must be [4]", () -> linear(v(2, 3), v(4, 3), v(3))),
        wrong("conv2d: x", () -> conv2d(v(4, 4, 3), v(2, 3, 1, 1), null, 1, 0)),
        wrong("conv2d: weight must be [any, 3, 3, 3]", () -> image(v(2, 4, 3, 3), null)),
        wrong("conv2d: weight must be [any, 3, 3, 3]", () -> image(v(2, 3, 3, 5), null)),
        wrong("conv2d: bias must be [2]", () -> image(v(2, 3, 3, 3), v(3))),
        wrong("conv2d: x must be at least 5 high", () -> image(v(2, 3, 5, 5), null)),
        wrong("maxPool2d: x", () -> maxPool2d(v(4, 4, 3), 3, 2, 1)),
        wrong("resizeBilinear: x", () -> resizeBilinear(v(4, 4, 3), 3, 2)),
        wrong("layerNorm: weight must be [3]", () -> layerNorm(v(2, 3), v(2), v(3), 1e-5f)),
        wrong("layerNorm: bias must be [3]", () -> layerNorm(v(2, 3), v(3), v(2), 1e-5f)),
        wrong("groupNorm: x", () -> groupNorm(v(2, 3), 2, v(3), v(3), 1e-5f)),
        wrong("groupNorm: weight must be [4]", () -> groupNorm(v(2, 4), 2, v(3), v(4), 1e-5f)),
        wrong(
            "channelAffine: shift must be [3]",
            () -> channelAffine(v(2, 3), Tensor.zeros(3), Tensor.zeros(2))),
        wrong("softmax: x", () -> softmax(v())),
        wrong("attention: q", () -> attention(v(1, 2, 4), v(), v(), 3, 1, none, null)),
        wrong(
            "attention: k must be [1, any, 4]",
            () -> attention(v(1, 2, 4), v(2, 3, 4), v(1, 3, 4), 2, 1, none, null)),
        wrong(
            "attention: v must be [1, 3, 4]",
            () -> attention(v(1, 2, 4), v(1, 3, 4), v(1, 2, 4), 2, 1, none, null)),
        wrong(
            "attention: mask.blocked must be [2, 3]",
            () -> masked(new Mask(mask(3, 2), null, null), null)),
        wrong(
            "attention: mask.keyPadding must be [1, 3]",
            () -> masked(new Mask(null, mask(1, 2), null), null)),
        wrong("attention: bias must be [any, 2, 2, 3]", () -> masked(none, v(1, 2, 3, 2))),
        wrong("attention: bias must be [G, 2, 2, 3]", () -> masked(none, v(2, 2, 2, 3))),
        wrong(
            "deformableAttention: value must be [any, 6, any, any]",
            () ->
                deformableAttention(v(1, 5, 2, 4), levels, v(1, 3, 2, 1, 4, 2), v(1, 3, 2, 1, 4))),
        wrong(
            "deformableAttention: locations must be [1, any, 2, 1, any, 2]",
            () ->
                deformableAttention(v(1, 6, 2, 4), levels, v(1, 3, 2, 2, 4, 2), v(1, 3, 2, 1, 4))),
        wrong(
            "deformableAttention: weights must be [1, 3, 2, 1, 4]",
            () ->
                deformableAttention(v(1, 6, 2, 4), levels, v(1, 3, 2, 1, 4, 2), v(1, 3, 2, 4, 1))),
        wrong("reshape: target must be of 6 elements", () -> reshape(v(2, 3), 4, 2)),
        wrong("permute: order must be a permutation", () -> permute(v(2, 3), 0, 0)),
        wrong("permute: order must be a permutation", () -> permute(v(2, 3), 0)),
        wrong("expand: x must be broadcastable to [3, 3]", () -> expand(v(2, 3), 3, 3)),
        wrong("concat: part 1 must be [2, any]", () -> concat(1, v(2, 3), v(3, 3))),
        wrong("gatherRows: indices must be [2, any]", () -> gatherRows(v(2, 3, 4), ints(3, 1))),
        wrong("embedding: weight must be [any, any]", () -> embedding(v(2, 3, 4), ints(3))),
        wrong("maskedFill: mask must be", () -> maskedFill(v(2, 3), mask(3), 0)));
  }

  private static Variable image(Variable weight, Variable bias) {
    return conv2d(v(1, 4, 4, 3), weight, bias, 1, 0);
  }

  private static Variable masked(Mask mask, Variable bias) {
    return attention(v(1, 2, 4), v(1, 3, 4), v(1, 3, 4), 2, 1, mask, bias);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mismatches")
  void namesOpArgumentAndShapes(String message, Supplier<Variable> call) {
    assertThatThrownBy(call::get)
        .isInstanceOf(ShapeMismatchException.class)
        .hasMessageStartingWith(message)
        .hasMessageContaining(" but is [");
  }

  @Test
  void namesWrongTypes() {
    assertThatThrownBy(() -> gatherRows(v(2, 3, 4), Tensor.zeros(2, 1)))
        .hasMessage("gatherRows: indices must be of type INT32 but is FLOAT32[2, 1] on cpu");
    assertThatThrownBy(() -> embedding(v(3, 4), Tensor.zeros(2)))
        .hasMessageContaining("embedding: indices must be of type INT32");
    assertThatThrownBy(() -> maskedFill(v(3, 4), Tensor.zeros(3), 0))
        .hasMessageContaining("maskedFill: mask must be of type BOOL");
    assertThatThrownBy(() -> masked(new Mask(Tensor.zeros(2, 3), null, null), null))
        .hasMessageContaining("attention: mask.blocked must be of type BOOL");
  }

  @Test
  void namesWrongRangesAndCounts() {
    assertThatThrownBy(() -> slice(v(2, 3), 1, 2, 4))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessageContaining("slice: 2 to 4 along axis 1 of [2, 3]");
    assertThatThrownBy(() -> slice(v(2, 3), 2, 0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> pad(v(2), 0, -1, 0)).hasMessageContaining("use slice");
    assertThatThrownBy(() -> concat(0)).hasMessageContaining("nothing to concatenate");
    assertThatThrownBy(() -> conv2d(v(1, 4, 4, 3), v(2, 3, 3, 3), null, 0, 0))
        .hasMessageContaining("conv2d: kernel and stride must be positive");
    assertThatThrownBy(() -> maxPool2d(v(1, 4, 4, 3), 3, 1, 2))
        .hasMessageContaining("at most half the kernel of 3 but is 2");
    assertThatThrownBy(() -> resizeBilinear(v(1, 4, 4, 3), 0, 2))
        .hasMessageContaining("cannot make [1, 4, 4, 3] 0 high");
    Mask biased = new Mask(null, null, Tensor.zeros(1, 2, 2, 3));
    assertThatThrownBy(() -> masked(biased, v(1, 2, 2, 3))).hasMessageContaining("add them first");
  }
}
