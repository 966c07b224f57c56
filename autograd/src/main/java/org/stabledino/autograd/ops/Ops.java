package org.stabledino.autograd.ops;

import java.util.List;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/**
 * All differentiable ops by name, for static import.
 *
 * {@snippet :
 * import static org.stabledino.autograd.ops.Ops.*;
 *
 * Variable hidden = linearRelu(x, w1, b1);
 * Variable loss = mean(square(sub(linear(hidden, w2, b2), target)));
 * loss.backward();
 * }
 *
 * <p>Axes may be counted from -1, the innermost. A wrong shape raises {@link
 * org.stabledino.tensor.ShapeMismatchException} before anything is computed.
 */
public final class Ops {
  private Ops() {}

  /**
   * {@code a + b}, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable add(Variable a, Variable b) {
    return Add.apply(a, b);
  }

  /**
   * {@code a - b}, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable sub(Variable a, Variable b) {
    return Subtract.apply(a, b);
  }

  /**
   * {@code a * b}, element by element, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable mul(Variable a, Variable b) {
    return Multiply.apply(a, b);
  }

  /**
   * {@code a / b}, element by element, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable div(Variable a, Variable b) {
    return Divide.apply(a, b);
  }

  /**
   * The smaller of a and b, element by element, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable minimum(Variable a, Variable b) {
    return Extremum.minimum(a, b);
  }

  /**
   * The larger of a and b, element by element, with broadcasting.
   *
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @return the broadcast shape
   */
  public static Variable maximum(Variable a, Variable b) {
    return Extremum.maximum(a, b);
  }

  /**
   * {@code -x}.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable neg(Variable x) {
    return Pointwise.apply(Unary.NEGATE, x);
  }

  /**
   * {@code |x|}; its derivative at 0 is 0.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable abs(Variable x) {
    return Pointwise.apply(Unary.ABS, x);
  }

  /**
   * {@code e^x}.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable exp(Variable x) {
    return Pointwise.apply(Unary.EXP, x);
  }

  /**
   * Natural logarithm.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable log(Variable x) {
    return Pointwise.apply(Unary.LOG, x);
  }

  /**
   * Square root.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable sqrt(Variable x) {
    return Pointwise.apply(Unary.SQRT, x);
  }

  /**
   * {@code x^2}.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable square(Variable x) {
    return Pointwise.apply(Unary.SQUARE, x);
  }

  /**
   * {@code 1 / x}.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable reciprocal(Variable x) {
    return Pointwise.apply(Unary.RECIPROCAL, x);
  }

  /**
   * {@code 1 / (1 + e^-x)}.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable sigmoid(Variable x) {
    return Pointwise.apply(Unary.SIGMOID, x);
  }

  /**
   * {@code max(x, 0)}; its derivative at 0 is 0.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable relu(Variable x) {
    return Pointwise.apply(Unary.RELU, x);
  }

  /**
   * {@code x Phi(x)} with the exact normal distribution function Phi.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable gelu(Variable x) {
    return Pointwise.apply(Unary.GELU, x);
  }

  /**
   * Sine.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable sin(Variable x) {
    return Pointwise.apply(Unary.SIN, x);
  }

  /**
   * Cosine.
   *
   * @param x any shape
   * @return like x
   */
  public static Variable cos(Variable x) {
    return Pointwise.apply(Unary.COS, x);
  }

  /**
   * {@code scale x + shift} with constants.
   *
   * @param x any shape
   * @param scale factor
   * @param shift summand
   * @return like x
   */
  public static Variable affine(Variable x, float scale, float shift) {
    return Affine.apply(x, scale, shift);
  }

  /**
   * {@code scale x} with a constant.
   *
   * @param x any shape
   * @param scale factor
   * @return like x
   */
  public static Variable scale(Variable x, float scale) {
    return Affine.apply(x, scale, 0f);
  }

  /**
   * {@code x + shift} with a constant.
   *
   * @param x any shape
   * @param shift summand
   * @return like x
   */
  public static Variable shift(Variable x, float shift) {
    return Affine.apply(x, 1f, shift);
  }

  /**
   * {@code x^p} with a constant p.
   *
   * @param x any shape
   * @param exponent p
   * @return like x
   */
  public static Variable power(Variable x, float exponent) {
    return Power.apply(x, exponent);
  }

  /**
   * {@code min(max(x, low), high)}.
   *
   * @param x any shape
   * @param low lower bound; may be minus infinity
   * @param high upper bound; may be infinity
   * @return like x
   */
  public static Variable clamp(Variable x, float low, float high) {
    return Clamp.apply(x, low, high);
  }

  /**
   * The inverse of the sigmoid, kept finite by clamping.
   *
   * @param x any shape, values in 0..1
   * @param eps least distance kept from 0 and from 1
   * @return like x
   */
  public static Variable inverseSigmoid(Variable x, float eps) {
    return InverseSigmoid.apply(x, eps);
  }

  /**
   * {@code relu(a + b)} in one pass.
   *
   * @param a any shape
   * @param b like a
   * @return like a
   */
  public static Variable addRelu(Variable a, Variable b) {
    return AddRelu.apply(a, b);
  }

  /**
   * The sum of all elements.
   *
   * @param x any shape
   * @return a scalar
   */
  public static Variable sum(Variable x) {
    return Sum.apply(x);
  }

  /**
   * The sum over some axes.
   *
   * @param x any shape
   * @param keepDims whether those axes stay, with extent 1
   * @param axes which
   * @return x's shape without (or with 1 in) the axes
   */
  public static Variable sum(Variable x, boolean keepDims, int... axes) {
    return Sum.apply(x, keepDims, axes);
  }

  /**
   * The mean of all elements.
   *
   * @param x any shape, not empty
   * @return a scalar
   */
  public static Variable mean(Variable x) {
    return Affine.apply(Sum.apply(x), 1f / x.shape().size(), 0f);
  }

  /**
   * {@code A B} for matrices or batches of matrices.
   *
   * @param a shape [M, K] or [B, M, K]
   * @param b shape [K, N] or [B, K, N]
   * @return shape [M, N] or [B, M, N]
   */
  public static Variable matmul(Variable a, Variable b) {
    return Matmul.apply(a, false, b, false);
  }

  /**
   * {@code op(A) op(B)} for matrices or batches of matrices, where op may transpose.
   *
   * @param a shape [M, K] or [B, M, K]; the last two exchanged if transposed
   * @param transposeA whether op(A) is the transpose of A
   * @param b shape [K, N] or [B, K, N]; the last two exchanged if transposed
   * @param transposeB whether op(B) is the transpose of B
   * @return shape [M, N] or [B, M, N]
   */
  public static Variable matmul(Variable a, boolean transposeA, Variable b, boolean transposeB) {
    return Matmul.apply(a, transposeA, b, transposeB);
  }

  /**
   * {@code x W^T + b}.
   *
   * @param x shape [..., in]
   * @param weight shape [out, in]
   * @param bias shape [out]; nullable
   * @return shape [..., out]
   */
  public static Variable linear(Variable x, Variable weight, Variable bias) {
    return Linear.apply(x, weight, bias, Activation.NONE);
  }

  /**
   * {@code relu(x W^T + b)} in one pass.
   *
   * @param x shape [..., in]
   * @param weight shape [out, in]
   * @param bias shape [out]; nullable
   * @return shape [..., out]
   */
  public static Variable linearRelu(Variable x, Variable weight, Variable bias) {
    return Linear.apply(x, weight, bias, Activation.RELU);
  }

  /**
   * Two-dimensional convolution.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin, k, k]
   * @param bias shape [Cout]; nullable
   * @param stride step of the window
   * @param padding rows and columns of zeros on each side
   * @return shape [N, Ho, Wo, Cout] with {@code Ho = (H + 2 padding - k) / stride + 1}
   */
  public static Variable conv2d(
      Variable x, Variable weight, Variable bias, int stride, int padding) {
    return Conv2d.apply(x, weight, bias, stride, padding);
  }

  /**
   * Two-dimensional convolution with dilation, groups and windows of any shape.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin / groups, kh, kw]
   * @param bias shape [Cout]; nullable
   * @param stride step of the window
   * @param padding rows and columns of zeros on each side
   * @param dilation distance of neighbouring taps
   * @param groups divides Cin and Cout
   * @return shape [N, Ho, Wo, Cout]
   */
  public static Variable conv2d(
      Variable x,
      Variable weight,
      Variable bias,
      int stride,
      int padding,
      int dilation,
      int groups) {
    return DilatedConv2d.apply(x, weight, bias, stride, padding, dilation, groups);
  }

  /**
   * Max pooling.
   *
   * @param x shape [N, H, W, C]
   * @param kernel side of the window
   * @param stride step of the window
   * @param padding rows and columns on each side that never win
   * @return shape [N, Ho, Wo, C] with {@code Ho = (H + 2 padding - kernel) / stride + 1}
   */
  public static Variable maxPool2d(Variable x, int kernel, int stride, int padding) {
    return MaxPool2d.apply(x, kernel, stride, padding);
  }

  /**
   * Bilinear resizing; the outer edges of the maps coincide.
   *
   * @param x shape [N, H, W, C]
   * @param height of the result
   * @param width of the result
   * @return shape [N, height, width, C]
   */
  public static Variable resizeBilinear(Variable x, int height, int width) {
    return ResizeBilinear.apply(x, height, width, false);
  }

  /**
   * Nearest-neighbour resizing.
   *
   * @param x shape [N, H, W, C]
   * @param height of the result
   * @param width of the result
   * @return shape [N, height, width, C]
   */
  public static Variable resizeNearest(Variable x, int height, int width) {
    return ResizeNearest.apply(x, height, width);
  }

  /**
   * Normalises each row.
   *
   * @param x shape [..., C]
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the variance
   * @return like x
   */
  public static Variable layerNorm(Variable x, Variable weight, Variable bias, float eps) {
    return LayerNorm.apply(x, weight, bias, eps);
  }

  /**
   * Normalises each image's groups of channels over all positions.
   *
   * @param x shape [N, ..., C], channels last
   * @param groups divides C; channels of a group are neighbours
   * @param weight shape [C]
   * @param bias shape [C]
   * @param eps added to the variance
   * @return like x
   */
  public static Variable groupNorm(
      Variable x, int groups, Variable weight, Variable bias, float eps) {
    return GroupNorm.apply(x, groups, weight, bias, eps);
  }

  /**
   * {@code x scale + shift} with constants for each channel: a frozen batch normalisation.
   *
   * @param x shape [..., C]
   * @param scale shape [C]
   * @param shift shape [C]
   * @return like x
   */
  public static Variable channelAffine(Variable x, Tensor scale, Tensor shift) {
    return ChannelAffine.apply(x, scale, shift, false);
  }

  /**
   * {@code x scale + shift} with constants for each channel, then optionally ReLU.
   *
   * @param x shape [..., C]
   * @param scale shape [C]
   * @param shift shape [C]
   * @param relu whether negative results become 0
   * @return like x
   */
  public static Variable channelAffine(Variable x, Tensor scale, Tensor shift, boolean relu) {
    return ChannelAffine.apply(x, scale, shift, relu);
  }

  /**
   * Softmax over the last axis.
   *
   * @param x shape [..., N]
   * @return like x
   */
  public static Variable softmax(Variable x) {
    return Softmax.apply(x);
  }

  /**
   * Dense multi-head attention.
   *
   * @param q shape [B, Nq, H*D]
   * @param k shape [B, Nk, H*D]
   * @param v shape [B, Nk, H*D]
   * @param heads H
   * @param scale usually {@code 1 / sqrt(D)}
   * @param mask blocked pairs and padding of the keys; {@link Mask#NONE} for neither
   * @param bias learned, added to the scores, shape [G, H, Nq, Nk] with G dividing B; nullable
   * @return shape [B, Nq, H*D]
   */
  public static Variable attention(
      Variable q, Variable k, Variable v, int heads, float scale, Mask mask, Variable bias) {
    return Attention.apply(q, k, v, heads, scale, mask, bias);
  }

  /**
   * Multi-scale deformable attention.
   *
   * @param value shape [B, S, H, D], the levels' tokens one after the other
   * @param levels extents of the L levels, S tokens in all
   * @param locations shape [B, Q, H, L, P, 2], (x, y) in 0..1 of each level
   * @param weights shape [B, Q, H, L, P]
   * @return shape [B, Q, H*D]
   */
  public static Variable deformableAttention(
      Variable value, Levels levels, Variable locations, Variable weights) {
    return DeformableAttention.apply(value, levels, locations, weights);
  }

  /**
   * The same elements under another shape, without a copy.
   *
   * @param x any shape
   * @param dims the extents; one may be -1, which is derived from the rest
   * @return a view with these extents
   */
  public static Variable reshape(Variable x, int... dims) {
    return Reshape.apply(x, dims);
  }

  /**
   * Reorders the axes.
   *
   * @param x any shape
   * @param order axis i of the result is axis {@code order[i]} of x
   * @return the permuted shape
   */
  public static Variable permute(Variable x, int... order) {
    return Permute.apply(x, order);
  }

  /**
   * Repeats x along new outer axes and axes of extent 1.
   *
   * @param x a shape that broadcasts to the target
   * @param dims the target
   * @return that shape
   */
  public static Variable expand(Variable x, int... dims) {
    return Expand.apply(x, dims);
  }

  /**
   * Puts tensors one after the other.
   *
   * @param axis along which
   * @param parts at least one; their shapes differ at most at the axis
   * @return their shape, with the sum of the extents at the axis
   */
  public static Variable concat(int axis, Variable... parts) {
    return Concat.apply(axis, parts);
  }

  /**
   * Puts tensors one after the other.
   *
   * @param axis along which
   * @param parts at least one; their shapes differ at most at the axis
   * @return their shape, with the sum of the extents at the axis
   */
  public static Variable concat(int axis, List<Variable> parts) {
    return Concat.apply(axis, parts.toArray(Variable[]::new));
  }

  /**
   * A range of indices along an axis.
   *
   * @param x any shape
   * @param axis along which
   * @param from first index
   * @param to end, exclusive
   * @return x's shape with {@code to - from} at the axis
   */
  public static Variable slice(Variable x, int axis, int from, int to) {
    return Slice.apply(x, axis, from, to);
  }

  /**
   * Zeros before and after x along an axis.
   *
   * @param x any shape
   * @param axis along which
   * @param before how many zeros come first
   * @param after how many come last
   * @return x's shape, longer by both at the axis
   */
  public static Variable pad(Variable x, int axis, int before, int after) {
    return Pad.apply(x, axis, before, after);
  }

  /**
   * Moves everything along an axis cyclically.
   *
   * @param x any shape
   * @param axis along which
   * @param shift how far towards larger indices; may be negative
   * @return like x
   */
  public static Variable roll(Variable x, int axis, int shift) {
    return Roll.apply(x, axis, shift);
  }

  /**
   * Picks rows of each batch entry.
   *
   * @param x shape [B, N, C]
   * @param indices int32, shape [B, K], each in 0..N-1
   * @return shape [B, K, C]
   */
  public static Variable gatherRows(Variable x, Tensor indices) {
    return GatherRows.apply(x, indices);
  }

  /**
   * Looks rows of a table up.
   *
   * @param weight shape [N, C]
   * @param indices int32, any shape, each in 0..N-1
   * @return the shape of the indices, then C
   */
  public static Variable embedding(Variable weight, Tensor indices) {
    return Embedding.apply(weight, indices);
  }

  /**
   * Replaces what a mask covers.
   *
   * @param x any shape
   * @param mask bool; its shape equals x's leading dimensions, trailing ones are covered whole
   * @param value the value where the mask is true
   * @return like x
   */
  public static Variable maskedFill(Variable x, Tensor mask, float value) {
    return MaskedFill.apply(x, mask, value);
  }
}
