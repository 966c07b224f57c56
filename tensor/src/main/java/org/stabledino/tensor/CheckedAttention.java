package org.stabledino.tensor;

/** Softmax and attention behind a check of their arguments. */
record CheckedAttention(AttentionKernels kernels) implements AttentionKernels {

  @Override
  public void softmax(Tensor x, Tensor out) {
    Checks.floats("softmax", "x out", x, out);
    Checks.last("softmax", "x", x);
    Checks.like("softmax", "out", out, x);
    kernels.softmax(x, out);
  }

  @Override
  public void softmaxBackward(Tensor y, Tensor gradOut, Tensor gradX) {
    Checks.floats("softmaxBackward", "y gradOut gradX", y, gradOut, gradX);
    Checks.last("softmaxBackward", "y", y);
    Checks.like("softmaxBackward", "gradOut", gradOut, y);
    Checks.like("softmaxBackward", "gradX", gradX, y);
    kernels.softmaxBackward(y, gradOut, gradX);
  }

  @Override
  public void attention(
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp) {
    inputs("attention", q, k, v, heads, mask);
    Checks.floats("attention", "q out logSumExp", q, out, logSumExp);
    Checks.shape("attention", "out", out, q.shape().dims());
    Checks.shape("attention", "logSumExp", logSumExp, q.dim(0), heads, q.dim(1));
    kernels.attention(q, k, v, heads, scale, mask, out, logSumExp);
  }

  @Override
  public void attentionBackward(
      Tensor gradOut,
      Tensor q,
      Tensor k,
      Tensor v,
      int heads,
      float scale,
      Mask mask,
      Tensor out,
      Tensor logSumExp,
      Tensor gradQ,
      Tensor gradK,
      Tensor gradV,
      Tensor gradBias) {
    String op = "attentionBackward";
    inputs(op, q, k, v, heads, mask);
    Checks.floats(
        op,
        "q gradOut out logSumExp gradQ gradK gradV gradBias",
        q,
        gradOut,
        out,
        logSumExp,
        gradQ,
        gradK,
        gradV,
        gradBias);
    Checks.shape(op, "gradOut", gradOut, q.shape().dims());
    Checks.shape(op, "out", out, q.shape().dims());
    Checks.shape(op, "logSumExp", logSumExp, q.dim(0), heads, q.dim(1));
    Checks.shape(op, "gradQ", gradQ, q.shape().dims());
    Checks.shape(op, "gradK", gradK, k.shape().dims());
    Checks.shape(op, "gradV", gradV, k.shape().dims());
    if (gradBias != null) {
      if (mask.bias() == null) {
        throw Checks.wrong(op, "gradBias", "null without a bias", "given");
      }
      Checks.shape(op, "gradBias", gradBias, mask.bias().shape().dims());
    }
    kernels.attentionBackward(
        gradOut, q, k, v, heads, scale, mask, out, logSumExp, gradQ, gradK, gradV, gradBias);
  }

  private static void inputs(String op, Tensor q, Tensor k, Tensor v, int heads, Mask mask) {
    Checks.floats(op, "q k v mask.bias", q, k, v, mask.bias());
    Checks.type(op, "mask.blocked", mask.blocked(), DType.BOOL, q);
    Checks.type(op, "mask.keyPadding", mask.keyPadding(), DType.BOOL, q);
    Checks.rank(op, "q", q, 3);
    if (heads <= 0 || q.dim(2) % heads != 0) {
      throw Checks.wrong(op, "heads", "a positive divisor of the " + q.dim(2) + " channels", heads);
    }
    Checks.shape(op, "k", k, q.dim(0), -1, q.dim(2));
    Checks.shape(op, "v", v, k.shape().dims());
    Checks.shape(op, "mask.blocked", mask.blocked(), q.dim(1), k.dim(1));
    Checks.shape(op, "mask.keyPadding", mask.keyPadding(), q.dim(0), k.dim(1));
    if (mask.bias() != null) {
      Checks.shape(op, "mask.bias", mask.bias(), -1, heads, q.dim(1), k.dim(1));
      int groups = mask.bias().dim(0);
      if (groups <= 0 || q.dim(0) % groups != 0) {
        throw Checks.wrong(
            op,
            "mask.bias",
            "for a number of entries that divides the batch of " + q.dim(0),
            mask.bias().shape());
      }
    }
  }

  @Override
  public void deformableAttention(
      Tensor value, Levels levels, Tensor locations, Tensor weights, Tensor out) {
    deformable("deformableAttention", value, levels, locations, weights, "out", out);
    kernels.deformableAttention(value, levels, locations, weights, out);
  }

  @Override
  public void deformableAttentionBackward(
      Tensor gradOut,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      Tensor gradValue,
      Tensor gradLocations,
      Tensor gradWeights) {
    String op = "deformableAttentionBackward";
    deformable(op, value, levels, locations, weights, "gradOut", gradOut);
    Checks.floats(
        op,
        "value gradValue gradLocations gradWeights",
        value,
        gradValue,
        gradLocations,
        gradWeights);
    Checks.shape(op, "gradValue", gradValue, value.shape().dims());
    Checks.shape(op, "gradLocations", gradLocations, locations.shape().dims());
    Checks.shape(op, "gradWeights", gradWeights, weights.shape().dims());
    kernels.deformableAttentionBackward(
        gradOut, value, levels, locations, weights, gradValue, gradLocations, gradWeights);
  }

  private static void deformable(
      String op,
      Tensor value,
      Levels levels,
      Tensor locations,
      Tensor weights,
      String resultName,
      Tensor result) {
    Checks.floats(op, "value locations weights " + resultName, value, locations, weights, result);
    Checks.rank(op, "value", value, 4);
    int batch = value.dim(0);
    int heads = value.dim(2);
    if (levels.heights().length != levels.widths().length) {
      throw Checks.wrong(
          op,
          "levels",
          "of as many heights as widths",
          Checks.text(levels.heights()) + " and " + Checks.text(levels.widths()));
    }
    Checks.shape(op, "value", value, batch, levels.tokens(), heads, -1);
    Checks.rank(op, "locations", locations, 6);
    int queries = locations.dim(1);
    int points = locations.dim(4);
    Checks.shape(op, "locations", locations, batch, queries, heads, levels.count(), points, 2);
    Checks.shape(op, "weights", weights, batch, queries, heads, levels.count(), points);
    Checks.shape(op, resultName, result, batch, queries, heads * value.dim(3));
  }
}
