package org.stabledino.autograd.ops;

import static org.stabledino.autograd.ops.Ops.*;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.check.GradientCheck;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.ElementwiseKernels.Unary;
import org.stabledino.tensor.Tensor;

/** The gradient of every op against numerical derivatives, over seeded random shapes. */
class GradientsTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void broadcastingArithmetic(long seed) {
    Inputs in = new Inputs(seed);
    int[] dims = in.shape(4);
    int[] other = in.stretchable(dims);
    Variable a = in.normal(dims);
    Variable b = in.normal(other);
    Variable positive = in.uniform(0.5, 2, other);
    GradientCheck.of("add", v -> add(v[0], v[1])).on(a, b);
    GradientCheck.of("add swapped", v -> add(v[1], v[0])).on(a, b);
    GradientCheck.of("sub", v -> sub(v[0], v[1])).on(a, b);
    GradientCheck.of("sub swapped", v -> sub(v[1], v[0])).on(a, b);
    GradientCheck.of("mul", v -> mul(v[0], v[1])).on(a, b);
    GradientCheck.of("mul swapped", v -> mul(v[1], v[0])).on(a, b);
    GradientCheck.of("div", v -> div(v[0], v[1])).on(a, positive);
    GradientCheck.of("div swapped", v -> div(v[1], v[0])).on(in.uniform(0.5, 2, dims), b);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void extrema(long seed) {
    Inputs in = new Inputs(seed);
    int[] dims = in.shape(3);
    Variable a = in.apart(dims);
    Variable b = Variable.leaf(Tensor.of(new float[] {0.35f}, 1));
    Variable c = in.apart(dims);
    for (int i = 0; i < c.shape().size(); i++) {
      c.data().floats()[i] += 0.05f;
    }
    GradientCheck.of("minimum", v -> minimum(v[0], v[1])).on(a, b);
    GradientCheck.of("maximum", v -> maximum(v[0], v[1])).on(b, a);
    GradientCheck.of("minimum", v -> minimum(v[0], v[1])).step(5e-3).on(a, c);
    GradientCheck.of("maximum", v -> maximum(v[0], v[1])).step(5e-3).on(a, c);
  }

  @ParameterizedTest
  @EnumSource
  void functionsOfOneNumber(Unary function) {
    for (long seed = 1; seed <= 3; seed++) {
      Inputs in = new Inputs(seed);
      int[] dims = in.shape(3);
      Variable x =
          switch (function) {
            case LOG, SQRT, RECIPROCAL -> in.uniform(0.5, 2, dims);
            case ABS, RELU -> in.awayFromZero(dims);
            default -> in.normal(dims);
          };
      GradientCheck.of(function.name(), v -> Pointwise.apply(function, v[0])).on(x);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void functionsWithConstants(long seed) {
    Inputs in = new Inputs(seed);
    int[] dims = in.shape(4);
    Variable x = in.awayFromZero(dims);
    GradientCheck.of("affine", v -> affine(v[0], -2.5f, 3)).on(x);
    GradientCheck.of("scale", v -> scale(v[0], 0.3f)).on(x);
    GradientCheck.of("shift", v -> shift(v[0], 0.3f)).on(x);
    GradientCheck.of("power", v -> power(v[0], 1.5f)).on(in.uniform(0.5, 2, dims));
    GradientCheck.of("clamp", v -> clamp(v[0], 0, 5)).on(x);
    GradientCheck.of("inverseSigmoid", v -> inverseSigmoid(v[0], 1e-3f))
        .step(2e-3)
        .tolerance(3e-3, 1e-3)
        .on(in.uniform(0.05, 0.95, dims));
    GradientCheck.of("addRelu", v -> addRelu(v[0], v[1])).on(x, in.uniform(-0.04, 0.04, dims));
  }

  static Stream<int[]> axes() {
    return Stream.of(
        new int[] {0}, new int[] {1}, new int[] {2}, new int[] {-1, 0}, new int[] {0, 1, 2});
  }

  @ParameterizedTest
  @MethodSource("axes")
  void sums(int[] axes) {
    Inputs in = new Inputs(Arrays.hashCode(axes));
    Variable x = in.normal(in.extent(4), in.extent(4), in.extent(4));
    GradientCheck.of("sum", v -> sum(v[0], false, axes)).on(x);
    GradientCheck.of("sum, dims kept", v -> sum(v[0], true, axes)).on(x);
    GradientCheck.of("sum of all", v -> sum(v[0])).on(x);
    GradientCheck.of("mean", v -> mean(v[0])).on(x);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void products(long seed) {
    Inputs in = new Inputs(seed);
    int batch = in.extent(3);
    int m = in.extent(5);
    int k = in.extent(5);
    int n = in.extent(5);
    for (int transposed = 0; transposed < 4; transposed++) {
      boolean first = (transposed & 1) != 0;
      boolean second = (transposed & 2) != 0;
      GradientCheck.of("matmul", v -> matmul(v[0], first, v[1], second))
          .on(
              first ? in.normal(k, m) : in.normal(m, k),
              second ? in.normal(n, k) : in.normal(k, n));
      GradientCheck.of("batched matmul", v -> matmul(v[0], first, v[1], second))
          .on(
              first ? in.normal(batch, k, m) : in.normal(batch, m, k),
              second ? in.normal(batch, n, k) : in.normal(batch, k, n));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void linearLayers(long seed) {
    Inputs in = new Inputs(seed);
    int inner = in.extent(6);
    int outer = in.extent(6);
    Variable x = in.normal(in.extent(3), in.extent(4), inner);
    Variable weight = in.normal(outer, inner);
    GradientCheck.of("linear", v -> linear(v[0], v[1], v[2])).on(x, weight, in.normal(outer));
    GradientCheck.of("linear without bias", v -> linear(v[0], v[1], null)).on(x, weight);
    GradientCheck.of("linear, tied", v -> linear(linear(v[0], v[1], null), v[1], null))
        .on(in.normal(2, inner), in.normal(inner, inner));
    // A bias of 8 or -8 keeps every sum away from ReLU's kink, on a known side.
    Variable bias = in.awayFromZero(outer);
    for (int i = 0; i < outer; i++) {
      bias.data().floats()[i] = Math.signum(bias.data().floats()[i]) * 8;
    }
    Variable small = in.uniform(-1, 1, in.extent(3), inner);
    GradientCheck.of("linearRelu", v -> linearRelu(v[0], v[1], v[2]))
        .on(small, in.uniform(-1, 1, outer, inner), bias);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void convolutions(long seed) {
    Inputs in = new Inputs(seed);
    int kernel = 1 + 2 * (int) (seed % 3);
    int channels = in.extent(4);
    int filters = in.extent(4);
    int stride = in.extent(2);
    Variable x = in.normal(in.extent(2), 5 + in.extent(3), 5 + in.extent(3), channels);
    Variable weight = in.normal(filters, channels, kernel, kernel);
    GradientCheck.of("conv2d", v -> conv2d(v[0], v[1], v[2], stride, kernel / 2))
        .on(x, weight, in.normal(filters));
    GradientCheck.of("conv2d without bias", v -> conv2d(v[0], v[1], null, stride, 0)).on(x, weight);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void poolingAndResizing(long seed) {
    Inputs in = new Inputs(seed);
    int batch = in.extent(2);
    int height = 2 + in.extent(5);
    int width = 2 + in.extent(5);
    int channels = in.extent(3);
    Variable x = in.apart(batch, height, width, channels);
    GradientCheck.of("maxPool2d", v -> maxPool2d(v[0], 3, 2, 1)).step(1e-3).on(x);
    Variable y = in.normal(batch, height, width, channels);
    int newHeight = in.extent(9);
    int newWidth = in.extent(9);
    GradientCheck.of("resizeBilinear", v -> resizeBilinear(v[0], newHeight, newWidth)).on(y);
    GradientCheck.of(
            "resizeBilinear, corners", v -> ResizeBilinear.apply(v[0], newHeight, newWidth, true))
        .on(y);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void normalisations(long seed) {
    Inputs in = new Inputs(seed);
    int channels = 4 * in.extent(3);
    Variable x = in.normal(in.extent(3), in.extent(3), 1 + in.extent(3), channels);
    Variable weight = in.normal(channels);
    Variable bias = in.normal(channels);
    GradientCheck.of("layerNorm", v -> layerNorm(v[0], v[1], v[2], 1e-5f)).on(x, weight, bias);
    GradientCheck.of("groupNorm", v -> groupNorm(v[0], 4, v[1], v[2], 1e-5f)).on(x, weight, bias);
    Tensor scale = in.uniform(0.5, 2, channels).data();
    GradientCheck.of("channelAffine", v -> channelAffine(v[0], scale, bias.data())).on(x);
    Tensor zero = Tensor.zeros(channels);
    GradientCheck.of("channelAffine, relu", v -> channelAffine(v[0], scale, zero, true))
        .on(in.awayFromZero(in.extent(4), channels));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void attentions(long seed) {
    Inputs in = new Inputs(seed);
    int batch = 2 * in.extent(2);
    int heads = in.extent(3);
    int width = heads * in.extent(4);
    int queries = in.extent(5);
    int keys = 1 + in.extent(5);
    Variable q = in.normal(batch, queries, width);
    Variable k = in.normal(batch, keys, width);
    Variable v = in.normal(batch, keys, width);
    GradientCheck.of("softmax", x -> softmax(x[0])).on(q);
    GradientCheck.of("attention", x -> attention(x[0], x[1], x[2], heads, 0.7f, Mask.NONE, null))
        .on(q, k, v);
    // Key 0 stays visible to all, or a row could be empty.
    Tensor blocked = in.mask(queries, keys);
    for (int i = 0; i < queries; i++) {
      blocked.bytes()[i * keys] = 0;
    }
    Tensor padding = in.mask(batch, keys);
    for (int i = 0; i < batch; i++) {
      padding.bytes()[i * keys] = 0;
    }
    Mask mask = new Mask(blocked, padding, null);
    GradientCheck.of("attention, masked", x -> attention(x[0], x[1], x[2], heads, 0.7f, mask, x[3]))
        .on(q, k, v, in.normal(2, heads, queries, keys));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void deformableAttentions(long seed) {
    Inputs in = new Inputs(seed);
    Levels levels = new Levels(new int[] {4, 2}, new int[] {3, 2});
    int batch = in.extent(2);
    int heads = in.extent(2);
    int queries = in.extent(4);
    int points = in.extent(3);
    Variable value = in.normal(batch, levels.tokens(), heads, in.extent(5));
    // Where the interpolation has no kink: 0.2 to 0.8 of the way between two pixel centres.
    Variable locations = in.uniform(0.2, 0.8, batch, queries, heads, 2, points, 2);
    float[] xy = locations.data().floats();
    for (int i = 0; i < xy.length; i++) {
      int level = i / (2 * points) % 2;
      int extent = i % 2 == 0 ? levels.widths()[level] : levels.heights()[level];
      int cell = in.extent(extent + 1) - 2;
      xy[i] = (cell + xy[i] + 0.5f) / extent;
    }
    Variable weights = in.normal(batch, queries, heads, 2, points);
    GradientCheck.of("deformableAttention", v -> deformableAttention(v[0], levels, v[1], v[2]))
        .on(value, locations, weights);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void movements(long seed) {
    Inputs in = new Inputs(seed);
    int a = in.extent(4);
    int b = 1 + in.extent(4);
    int c = in.extent(4);
    Variable x = in.normal(a, b, c);
    GradientCheck.of("reshape", v -> reshape(v[0], -1, c)).on(x);
    GradientCheck.of("permute", v -> permute(v[0], 2, 0, 1)).on(x);
    GradientCheck.of("expand", v -> expand(v[0], 3, a, b, c)).on(in.normal(a, 1, c));
    for (int axis = 0; axis < 3; axis++) {
      int along = axis;
      int extent = x.dim(axis);
      GradientCheck.of("slice", v -> slice(v[0], along, extent / 2, extent)).on(x);
      GradientCheck.of("pad", v -> pad(v[0], along, 2, 1)).on(x);
      GradientCheck.of("roll", v -> roll(v[0], along, -3)).on(x);
      GradientCheck.of("concat", v -> concat(along, v)).on(x, in.normal(a, b, c), x);
      GradientCheck.of(
              "slices of one tensor",
              v ->
                  concat(
                      along,
                      slice(square(v[0]), along, 0, 1),
                      square(v[0]),
                      slice(v[0], along, extent - 1, extent)))
          .on(x);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void lookUps(long seed) {
    Inputs in = new Inputs(seed);
    int batch = in.extent(3);
    int rows = in.extent(5);
    int width = in.extent(5);
    Variable x = in.normal(batch, rows, width);
    Tensor indices = in.indices(rows, batch, 7);
    GradientCheck.of("gatherRows", v -> gatherRows(v[0], indices)).on(x);
    int[] each = new int[batch * rows];
    Arrays.setAll(each, i -> i % rows);
    Tensor identity = Tensor.of(each, batch, rows);
    GradientCheck.of(
            "gatherRows twice", v -> gatherRows(add(v[0], gatherRows(v[0], identity)), indices))
        .on(x);
    GradientCheck.of("embedding", v -> embedding(v[0], indices)).on(in.normal(rows, width));
    Tensor mask = in.mask(batch, rows);
    GradientCheck.of("maskedFill", v -> maskedFill(v[0], mask, 7f)).on(x);
    Tensor whole = in.mask(batch, rows, width);
    GradientCheck.of("maskedFill of elements", v -> maskedFill(v[0], whole, 7f)).on(x);
  }
}
