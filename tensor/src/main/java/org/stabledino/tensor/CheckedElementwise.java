package org.stabledino.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Elementwise kernels behind a check of their arguments. */
record CheckedElementwise(ElementwiseKernels kernels) implements ElementwiseKernels {

  private static final List<String> UNARY = names(Unary.values(), "");
  private static final List<String> UNARY_BACKWARD = names(Unary.values(), "Backward");
  private static final List<String> BINARY = names(Binary.values(), "");

  /** The ops' names as messages say them, made once. */
  private static List<String> names(Enum<?>[] ops, String suffix) {
    return Arrays.stream(ops).map(op -> op.name().toLowerCase(Locale.ROOT) + suffix).toList();
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    Checks.floats(UNARY.get(op.ordinal()), "x out", x, out);
    Checks.like(UNARY.get(op.ordinal()), "out", out, x);
    kernels.unary(op, x, out);
  }

  @Override
  public void unaryBackward(Unary op, Tensor x, Tensor y, Tensor gradOut, Tensor gradX) {
    String backward = UNARY_BACKWARD.get(op.ordinal());
    Checks.floats(backward, "x y gradOut gradX", x, y, gradOut, gradX);
    Checks.like(backward, "y", y, x);
    Checks.like(backward, "gradOut", gradOut, x);
    Checks.like(backward, "gradX", gradX, x);
    kernels.unaryBackward(op, x, y, gradOut, gradX);
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    String name = BINARY.get(op.ordinal());
    Checks.floats(name, "a b out", a, b, out);
    if (!b.shape().equals(a.shape())) {
      Shape shape = a.shape().broadcastOrNull(b.shape());
      if (shape == null) {
        throw Checks.mismatch(name, "b", "broadcastable with " + a.shape(), b);
      }
      if (!out.shape().equals(shape)) {
        throw Checks.mismatch(name, "out", shape.toString(), out);
      }
    } else {
      Checks.like(name, "out", out, a);
    }
    kernels.binary(op, a, b, out);
  }

  @Override
  public void affine(Tensor x, float scale, float shift, Tensor out) {
    Checks.floats("affine", "x out", x, out);
    Checks.like("affine", "out", out, x);
    kernels.affine(x, scale, shift, out);
  }

  @Override
  public void axpy(float alpha, Tensor x, Tensor y) {
    Checks.floats("axpy", "x y", x, y);
    Checks.like("axpy", "y", y, x);
    kernels.axpy(alpha, x, y);
  }

  @Override
  public void power(Tensor x, float exponent, Tensor out) {
    Checks.floats("power", "x out", x, out);
    Checks.like("power", "out", out, x);
    kernels.power(x, exponent, out);
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    Checks.floats("clamp", "x out", x, out);
    Checks.like("clamp", "out", out, x);
    kernels.clamp(x, low, high, out);
  }

  @Override
  public void clampBackward(Tensor x, float low, float high, Tensor gradOut, Tensor gradX) {
    Checks.floats("clampBackward", "x gradOut gradX", x, gradOut, gradX);
    Checks.like("clampBackward", "gradOut", gradOut, x);
    Checks.like("clampBackward", "gradX", gradX, x);
    kernels.clampBackward(x, low, high, gradOut, gradX);
  }

  @Override
  public void maskedFill(Tensor x, Tensor mask, float value, Tensor out) {
    Checks.floats("maskedFill", "x out", x, out);
    Checks.type("maskedFill", "mask", mask, DType.BOOL, x);
    boolean leads = mask.rank() <= x.rank();
    for (int i = 0; leads && i < mask.rank(); i++) {
      leads = mask.dim(i) == x.dim(i);
    }
    if (!leads) {
      throw Checks.mismatch("maskedFill", "mask", "leading in " + x.shape(), mask);
    }
    Checks.like("maskedFill", "out", out, x);
    kernels.maskedFill(x, mask, value, out);
  }

  @Override
  public void addRelu(Tensor a, Tensor b, Tensor out) {
    Checks.floats("addRelu", "a b out", a, b, out);
    Checks.like("addRelu", "b", b, a);
    Checks.like("addRelu", "out", out, a);
    kernels.addRelu(a, b, out);
  }

  @Override
  public void channelAffine(Tensor x, Tensor scale, Tensor shift, boolean relu, Tensor out) {
    Checks.floats("channelAffine", "x scale shift out", x, scale, shift, out);
    int channels = Checks.last("channelAffine", "x", x);
    Checks.shape("channelAffine", "scale", scale, channels);
    Checks.shape("channelAffine", "shift", shift, channels);
    Checks.like("channelAffine", "out", out, x);
    kernels.channelAffine(x, scale, shift, relu, out);
  }

  @Override
  public void sineCode(Tensor x, Tensor periods, Tensor out) {
    Checks.floats("sineCode", "x periods out", x, periods, out);
    Checks.shape("sineCode", "periods", periods, -1);
    if (periods.size() % 2 != 0) {
      throw Checks.mismatch("sineCode", "periods", "of an even number of channels", periods);
    }
    Checks.count("sineCode", "out", out, x.size() * periods.size());
    kernels.sineCode(x, periods, out);
  }

  @Override
  public void fill(Tensor x, float value) {
    Checks.floats("fill", "x", x);
    kernels.fill(x, value);
  }

  @Override
  public void dropout(long key, long first, float rate, Tensor out) {
    Checks.floats("dropout", "out", out);
    if (!(rate >= 0 && rate < 1)) {
      throw Checks.wrong("dropout", "rate", "0 or more, and below 1", rate);
    }
    kernels.dropout(key, first, rate, out);
  }
}
