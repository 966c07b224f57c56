package org.stabledino.autograd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.autograd.ops.Ops.*;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Outputs and gradients of the ops against those recorded from the published reference. */
@Tag("parity")
public class RecordedOpsTest {
  private static final double RELATIVE = 1e-5;
  private static final double ABSOLUTE = 1e-6;

  /** Where the ops compute. */
  protected Device device() {
    return Device.CPU;
  }

  @ParameterizedTest
  @ValueSource(strings = {"case0", "case1"})
  void linearLayer(String c) {
    Recording r = Recording.open("linear", device());
    Variable x = r.leaf(c + ".in.x");
    Variable weight = r.leaf(c + ".in.weight");
    Variable bias = r.leaf(c + ".in.bias");
    check(r, c, linear(x, weight, bias), Map.of("x", x, "weight", weight, "bias", bias));
  }

  /** The recorded cases with square windows, without dilation and groups. */
  @ParameterizedTest
  @CsvSource({"case0,2,3", "case1,2,1", "case2,1,1", "case3,1,0", "case4,2,0", "case8,4,0"})
  void convolution(String c, int stride, int padding) {
    Recording r = Recording.open("conv2d", device());
    Variable x = r.map(c + ".in.x");
    Variable weight = r.leaf(c + ".in.weight");
    Variable bias = r.leaf(c + ".in.bias");
    checkMap(
        r,
        c,
        conv2d(x, weight, bias, stride, padding),
        x,
        bias == null ? Map.of("weight", weight) : Map.of("weight", weight, "bias", bias));
  }

  /** The recorded cases with dilation, with groups, and with an oblong window. */
  @ParameterizedTest
  @CsvSource({"case5,1,2,2,1", "case6,1,1,1,4", "case7,2,1,1,6", "case9,1,1,1,1"})
  void anyConvolution(String c, int stride, int padding, int dilation, int groups) {
    Recording r = Recording.open("conv2d", device());
    Variable x = r.map(c + ".in.x");
    Variable weight = r.leaf(c + ".in.weight");
    Variable bias = r.leaf(c + ".in.bias");
    checkMap(
        r,
        c,
        conv2d(x, weight, bias, stride, padding, dilation, groups),
        x,
        Map.of("weight", weight, "bias", bias));
  }

  @ParameterizedTest
  @ValueSource(strings = {"case0", "case1"})
  void maxPooling(String c) {
    Recording r = Recording.open("max_pool2d", device());
    Variable x = r.map(c + ".in.x");
    checkMap(r, c, maxPool2d(x, 3, 2, 1), x, Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"case0", "case1"})
  void layerNormalisation(String c) {
    Recording r = Recording.open("layer_norm", device());
    Variable x = r.leaf(c + ".in.x");
    Variable weight = r.leaf(c + ".in.p.weight");
    Variable bias = r.leaf(c + ".in.p.bias");
    check(
        r,
        c,
        layerNorm(x, weight, bias, 1e-5f),
        Map.of("x", x, "p.weight", weight, "p.bias", bias));
  }

  @ParameterizedTest
  @ValueSource(strings = {"case0", "case1", "case2"})
  void groupNormalisation(String c) {
    Recording r = Recording.open("group_norm", device());
    Variable x = r.map(c + ".in.x");
    Variable weight = r.leaf(c + ".in.p.weight");
    Variable bias = r.leaf(c + ".in.p.bias");
    checkMap(
        r, c, groupNorm(x, 32, weight, bias, 1e-5f), x, Map.of("p.weight", weight, "p.bias", bias));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"case0_trainpath", "case0_nogradpath", "case1_trainpath", "case1_nogradpath"})
  void frozenBatchNormalisation(String c) {
    Recording r = Recording.open("frozen_bn", device());
    float[] weight = r.floats(c + ".in.weight").toFloats();
    float[] bias = r.floats(c + ".in.bias").toFloats();
    float[] mean = r.floats(c + ".in.running_mean").toFloats();
    float[] variance = r.floats(c + ".in.running_var").toFloats();
    float[] scale = new float[weight.length];
    float[] shift = new float[weight.length];
    for (int i = 0; i < scale.length; i++) {
      scale[i] = weight[i] * (float) (1 / Math.sqrt(variance[i] + 1e-5f));
      shift[i] = bias[i] - mean[i] * scale[i];
    }
    Variable x = r.map(c + ".in.x");
    Variable y = channelAffine(x, Tensor.of(scale).to(device()), Tensor.of(shift).to(device()));
    if (r.has(c + ".gout")) {
      checkMap(r, c, y, x, Map.of());
    } else {
      Tensor expected = Recording.channelsLast(r.floats(c + ".out"));
      r.assertClose(c + ".out", y.data(), expected, RELATIVE, ABSOLUTE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gelu_erf", "softmax", "softmax_large", "sigmoid", "relu"})
  void activation(String c) {
    Recording r = Recording.open("activations", device());
    Variable x = r.leaf(c + ".in.x");
    Variable y =
        switch (c) {
          case "gelu_erf" -> gelu(x);
          case "sigmoid" -> sigmoid(x);
          case "relu" -> relu(x);
          default -> softmax(x);
        };
    check(r, c, y, Map.of("x", x));
  }

  /** log(softmax(x)), composed; the recorded inputs are small enough for that. */
  @Test
  void logSoftmax() {
    Recording r = Recording.open("activations", device());
    Variable x = r.leaf("log_softmax.in.x");
    check(r, "log_softmax", log(softmax(x)), Map.of("x", x));
  }

  /** max(x, 0) - x t + log(1 + e^-|x|), composed. */
  @Test
  void binaryCrossEntropyWithLogits() {
    Recording r = Recording.open("activations", device());
    Variable x = r.leaf("bce_with_logits.in.x");
    Variable t = Variable.constant(r.constant("bce_with_logits.in.t"));
    Variable tail = log(shift(exp(neg(abs(x))), 1f));
    check(r, "bce_with_logits", add(sub(relu(x), mul(x, t)), tail), Map.of("x", x));
  }

  @ParameterizedTest
  @CsvSource({"bilinear0,11,9", "bilinear1,5,6", "bilinear2,8,8", "bilinear3,6,6"})
  void bilinearResizing(String c, int height, int width) {
    Recording r = Recording.open("interpolate", device());
    Variable x = r.map(c + ".in.x");
    checkMap(r, c, resizeBilinear(x, height, width), x, Map.of());
  }

  @ParameterizedTest
  @CsvSource({"nearest0,11,9", "nearest1,5,6", "nearest2,8,8", "nearest3,6,6"})
  void nearestResizing(String c, int height, int width) {
    Recording r = Recording.open("interpolate", device());
    Variable x = r.map(c + ".in.x");
    checkMap(r, c, resizeNearest(x, height, width), x, Map.of());
  }

  /** Padding masks: 1 outside of the valid height and width. */
  @ParameterizedTest
  @CsvSource({
    "mask0,14,16,96,128,112,128",
    "mask1,7,8,96,100,112,128",
    "mask2,25,38,750,1001,800,1199",
    "mask3,13,19,750,1001,800,1199",
    "mask4,42,65,333,400,333,517"
  })
  void nearestResizingOfMasks(
      String c, int height, int width, int validHeight, int validWidth, int rows, int columns) {
    Recording r = Recording.open("interpolate", device());
    float[] mask = new float[rows * columns];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i / columns >= validHeight || i % columns >= validWidth ? 1 : 0;
    }
    Variable map = Variable.constant(Tensor.of(mask, 1, rows, columns, 1).to(device()));
    assertThat(resizeNearest(map, height, width).data().toFloats()).isEqualTo(r.bools(c + ".out"));
  }

  @ParameterizedTest
  @CsvSource({"eps1e-3,1e-3", "eps1e-5,1e-5"})
  void inverseOfSigmoid(String c, float eps) {
    Recording r = Recording.open("inverse_sigmoid", device());
    Variable x = r.leaf(c + ".in.x");
    Variable y = inverseSigmoid(x, eps);
    y.backward(r.constant(c + ".gout"));
    r.assertClose(c + ".out", y.data(), r.floats(c + ".out"), RELATIVE, ABSOLUTE);
    // Its gradients reach 1 / eps, so the relative part is ten times stricter.
    r.assertClose(c + ".grad.x", x.grad(), r.floats(c + ".grad.x"), 1e-6, ABSOLUTE);
  }

  @ParameterizedTest
  @CsvSource({"case0,10", "case1,300", "case2,100"})
  void largestElements(String c, int k) {
    Recording r = Recording.open("topk", device());
    Tensor x = r.constant(c + ".in.x");
    Shape shape = Shape.of(x.dim(0), k);
    Tensor values = x.backend().empty(DType.FLOAT32, shape);
    Tensor found = x.backend().empty(DType.INT32, shape);
    x.backend().indexing().topK(x, k, values, found);
    Tensor indices = found.to(Device.CPU);
    long[] expected = r.longs(c + ".out.indices");
    for (int i = 0; i < expected.length; i++) {
      assertThat(indices.ints()[indices.offset() + i])
          .as("index %d", i)
          .isEqualTo((int) expected[i]);
    }
    r.assertClose(c + ".values", values, r.floats(c + ".out.values"), 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"case0", "case1", "case2", "edge_forward_only"})
  void deformableSampling(String c) {
    Recording r = Recording.open("ms_deform_attn_core", device());
    long[] shapes = r.longs(c + ".in.spatial_shapes");
    int[] heights = new int[shapes.length / 2];
    int[] widths = new int[shapes.length / 2];
    for (int i = 0; i < heights.length; i++) {
      heights[i] = (int) shapes[2 * i];
      widths[i] = (int) shapes[2 * i + 1];
    }
    Variable value = r.leaf(c + ".in.value");
    Variable locations = r.leaf(c + ".in.sampling_locations");
    Variable weights = r.leaf(c + ".in.attention_weights");
    Variable y = deformableAttention(value, new Levels(heights, widths), locations, weights);
    if (r.has(c + ".gout")) {
      check(
          r,
          c,
          y,
          Map.of("value", value, "sampling_locations", locations, "attention_weights", weights));
    } else {
      r.assertClose(c + ".out", y.data(), r.floats(c + ".out"), RELATIVE, ABSOLUTE);
    }
  }

  private static void check(Recording r, String c, Variable y, Map<String, Variable> inputs) {
    y.backward(r.constant(c + ".gout"));
    r.assertClose(c + ".out", y.data(), r.floats(c + ".out"), RELATIVE, ABSOLUTE);
    checkGradients(r, c, inputs);
  }

  private static void checkMap(
      Recording r, String c, Variable y, Variable x, Map<String, Variable> others) {
    y.backward(r.constantMap(c + ".gout"));
    Tensor expected = Recording.channelsLast(r.floats(c + ".out"));
    r.assertClose(c + ".out", y.data(), expected, RELATIVE, ABSOLUTE);
    Tensor gradX = Recording.channelsLast(r.floats(c + ".grad.x"));
    r.assertClose(c + ".grad.x", x.grad(), gradX, RELATIVE, ABSOLUTE);
    checkGradients(r, c, others);
  }

  private static void checkGradients(Recording r, String c, Map<String, Variable> inputs) {
    inputs.forEach(
        (name, input) -> {
          String key = c + ".grad." + name;
          r.assertClose(key, input.grad(), r.floats(key), RELATIVE, ABSOLUTE);
        });
  }
}
