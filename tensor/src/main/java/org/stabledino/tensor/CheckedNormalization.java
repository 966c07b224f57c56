package org.stabledino.tensor;

/** Layer and group normalisation behind a check of their arguments. */
record CheckedNormalization(NormalizationKernels kernels) implements NormalizationKernels {

  @Override
  public void layerNorm(
      Tensor x, Tensor weight, Tensor bias, float eps, Tensor out, Tensor mean, Tensor inverseStd) {
    Checks.floats(
        "layerNorm", "x weight bias out mean inverseStd", x, weight, bias, out, mean, inverseStd);
    int channels = Checks.last("layerNorm", "x", x);
    Checks.shape("layerNorm", "weight", weight, channels);
    Checks.shape("layerNorm", "bias", bias, channels);
    Checks.like("layerNorm", "out", out, x);
    Checks.count("layerNorm", "mean", mean, rows(x));
    Checks.count("layerNorm", "inverseStd", inverseStd, rows(x));
    Checks.together("layerNorm", "inverseStd", inverseStd, mean);
    kernels.layerNorm(x, weight, bias, eps, out, mean, inverseStd);
  }

  @Override
  public void layerNormBackward(
      Tensor gradOut,
      Tensor x,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    Checks.last("layerNormBackward", "x", x);
    backward(
        "layerNormBackward", gradOut, x, weight, mean, inverseStd, gradX, gradWeight, gradBias);
    Checks.count("layerNormBackward", "mean", mean, rows(x));
    Checks.count("layerNormBackward", "inverseStd", inverseStd, rows(x));
    kernels.layerNormBackward(gradOut, x, weight, mean, inverseStd, gradX, gradWeight, gradBias);
  }

  @Override
  public void groupNorm(
      Tensor x,
      int groups,
      Tensor weight,
      Tensor bias,
      float eps,
      Activation activation,
      Tensor out,
      Tensor mean,
      Tensor inverseStd) {
    Checks.floats(
        "groupNorm", "x weight bias out mean inverseStd", x, weight, bias, out, mean, inverseStd);
    int statistics = groups("groupNorm", x, groups);
    Checks.shape("groupNorm", "weight", weight, x.dim(-1));
    Checks.shape("groupNorm", "bias", bias, x.dim(-1));
    Checks.like("groupNorm", "out", out, x);
    Checks.count("groupNorm", "mean", mean, statistics);
    Checks.count("groupNorm", "inverseStd", inverseStd, statistics);
    Checks.together("groupNorm", "inverseStd", inverseStd, mean);
    kernels.groupNorm(x, groups, weight, bias, eps, activation, out, mean, inverseStd);
  }

  @Override
  public void groupNormBackward(
      Tensor gradOut,
      Tensor x,
      int groups,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    int statistics = groups("groupNormBackward", x, groups);
    backward(
        "groupNormBackward", gradOut, x, weight, mean, inverseStd, gradX, gradWeight, gradBias);
    Checks.count("groupNormBackward", "mean", mean, statistics);
    Checks.count("groupNormBackward", "inverseStd", inverseStd, statistics);
    kernels.groupNormBackward(
        gradOut, x, groups, weight, mean, inverseStd, gradX, gradWeight, gradBias);
  }

  private static void backward(
      String op,
      Tensor gradOut,
      Tensor x,
      Tensor weight,
      Tensor mean,
      Tensor inverseStd,
      Tensor gradX,
      Tensor gradWeight,
      Tensor gradBias) {
    Checks.floats(
        op,
        "gradOut x weight mean inverseStd gradX gradWeight gradBias",
        gradOut,
        x,
        weight,
        mean,
        inverseStd,
        gradX,
        gradWeight,
        gradBias);
    int channels = x.dim(-1);
    Checks.like(op, "gradOut", gradOut, x);
    Checks.shape(op, "weight", weight, channels);
    Checks.like(op, "gradX", gradX, x);
    Checks.shape(op, "gradWeight", gradWeight, channels);
    Checks.shape(op, "gradBias", gradBias, channels);
  }

  private static int rows(Tensor x) {
    return x.shape().count(0, x.rank() - 1);
  }

  /** Checks the groups and says how many there are in all images. */
  private static int groups(String op, Tensor x, int groups) {
    if (x.rank() < 2) {
      throw Checks.mismatch(op, "x", "of 2 dimensions or more", x);
    }
    if (groups <= 0 || x.dim(-1) % groups != 0) {
      throw Checks.wrong(
          op, "groups", "a positive divisor of the " + x.dim(-1) + " channels", groups);
    }
    return x.dim(0) * groups;
  }
}
