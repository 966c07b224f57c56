package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.SplitMix64;
import org.stabledino.tensor.Tensor;

/** Broadcasting and threads of elementwise kernels, above {@link ElementwiseLoops}. */
final class CpuElementwise implements ElementwiseKernels {
  /** A chunk's elements: below two of them, a kernel stays on its thread. */
  private static final int GRAIN = 1 << 14;

  /** Functions through double precision are worth a thread sooner. */
  private static final int SLOW_GRAIN = 1 << 12;

  private final ElementwiseLoops loops;
  private final Parallel parallel;

  /** The family by these loops, on these threads. */
  CpuElementwise(CpuProvider provider, Parallel parallel) {
    this.loops = provider.elementwise();
    this.parallel = parallel;
  }

  @Override
  public void unary(Unary op, Tensor x, Tensor out) {
    float[] from = x.floats();
    float[] to = out.floats();
    int fromAt = x.offset();
    int toAt = out.offset();
    parallel.run(
        sameSize(op.name(), x, out),
        grain(op),
        (i, end) -> loops.unary(op, from, fromAt + i, to, toAt + i, end - i));
  }

  @Override
  public void unaryBackward(Unary op, Tensor x, Tensor y, Tensor gradOut, Tensor gradX) {
    sameSize(op.name(), x, y);
    sameSize(op.name(), x, gradOut);
    parallel.run(
        sameSize(op.name(), x, gradX),
        grain(op),
        (i, end) ->
            loops.unaryBackward(
                op,
                x.floats(),
                x.offset() + i,
                y.floats(),
                y.offset() + i,
                gradOut.floats(),
                gradOut.offset() + i,
                gradX.floats(),
                gradX.offset() + i,
                end - i));
  }

  private static int grain(Unary op) {
    return op == Unary.SIN || op == Unary.COS ? SLOW_GRAIN : GRAIN;
  }

  @Override
  public void binary(Binary op, Tensor a, Tensor b, Tensor out) {
    if (a.shape().equals(b.shape())) {
      int n = sameSize(op.name(), a, out);
      parallel.run(
          n,
          GRAIN,
          (i, end) ->
              loops.binary(
                  op,
                  a.floats(),
                  a.offset() + i,
                  b.floats(),
                  b.offset() + i,
                  out.floats(),
                  out.offset() + i,
                  end - i));
      return;
    }
    Shape shape = a.shape().broadcast(b.shape());
    if (!shape.equals(out.shape())) {
      throw new ShapeMismatchException(
          op.name(), "out", shape.toString(), out.shape().toString(), "");
    }
    if (shape.size() > 0) {
      broadcast(op, a, b, out, BroadcastPlan.of(shape, a.shape(), b.shape()));
    }
  }

  /** Runs row by row, where a row is the innermost merged dimension. */
  private void broadcast(Binary op, Tensor a, Tensor b, Tensor out, BroadcastPlan plan) {
    int n = plan.rowLength();
    parallel.run(
        plan.rows(),
        Math.max(1, GRAIN / n),
        (from, end) -> {
          int[] index = plan.index(from);
          int aAt = a.offset() + plan.aOffset(index);
          int bAt = b.offset() + plan.bOffset(index);
          for (int row = from; row < end; row++) {
            int outAt = out.offset() + row * n;
            if (plan.aStretched()) {
              loops.binary(op, a.floats()[aAt], b.floats(), bAt, out.floats(), outAt, n);
            } else if (plan.bStretched()) {
              loops.binary(op, a.floats(), aAt, b.floats()[bAt], out.floats(), outAt, n);
            } else {
              loops.binary(op, a.floats(), aAt, b.floats(), bAt, out.floats(), outAt, n);
            }
            int axis = plan.advance(index);
            aAt += plan.aStep(axis);
            bAt += plan.bStep(axis);
          }
        });
  }

  @Override
  public void affine(Tensor x, float scale, float shift, Tensor out) {
    parallel.run(
        sameSize("affine", x, out),
        GRAIN,
        (i, end) ->
            loops.affine(
                x.floats(), x.offset() + i, scale, shift, out.floats(), out.offset() + i, end - i));
  }

  @Override
  public void axpy(float alpha, Tensor x, Tensor y) {
    parallel.run(
        sameSize("axpy", x, y),
        GRAIN,
        (i, end) ->
            loops.axpy(alpha, x.floats(), x.offset() + i, y.floats(), y.offset() + i, end - i));
  }

  @Override
  public void power(Tensor x, float exponent, Tensor out) {
    parallel.run(
        sameSize("power", x, out),
        SLOW_GRAIN,
        (from, end) -> {
          float[] in = x.floats();
          float[] to = out.floats();
          for (int i = from; i < end; i++) {
            to[out.offset() + i] = (float) Math.pow(in[x.offset() + i], exponent);
          }
        });
  }

  @Override
  public void clamp(Tensor x, float low, float high, Tensor out) {
    parallel.run(
        sameSize("clamp", x, out),
        GRAIN,
        (i, end) ->
            loops.clamp(
                x.floats(), x.offset() + i, low, high, out.floats(), out.offset() + i, end - i));
  }

  @Override
  public void clampBackward(Tensor x, float low, float high, Tensor gradOut, Tensor gradX) {
    sameSize("clamp", x, gradOut);
    parallel.run(
        sameSize("clamp", x, gradX),
        GRAIN,
        (i, end) ->
            loops.clampBackward(
                x.floats(),
                x.offset() + i,
                low,
                high,
                gradOut.floats(),
                gradOut.offset() + i,
                gradX.floats(),
                gradX.offset() + i,
                end - i));
  }

  @Override
  public void maskedFill(Tensor x, Tensor mask, float value, Tensor out) {
    int n = sameSize("maskedFill", x, out);
    boolean leads = mask.rank() <= x.rank();
    for (int i = 0; leads && i < mask.rank(); i++) {
      leads = mask.dim(i) == x.dim(i);
    }
    if (!leads) {
      throw new ShapeMismatchException(
          "maskedFill", "mask", "leading in " + x.shape(), mask.shape().toString(), "");
    }
    if (n == 0) {
      return;
    }
    int covered = n / mask.size();
    parallel.run(
        mask.size(),
        Math.max(1, GRAIN / covered),
        (from, end) -> {
          byte[] blocked = mask.bytes();
          float[] to = out.floats();
          int at = out.offset();
          if (to != x.floats() || at != x.offset()) {
            int first = from * covered;
            System.arraycopy(x.floats(), x.offset() + first, to, at + first, end * covered - first);
          }
          for (int i = from; i < end; i++) {
            if (blocked[mask.offset() + i] != 0) {
              Arrays.fill(to, at + i * covered, at + (i + 1) * covered, value);
            }
          }
        });
  }

  @Override
  public void addRelu(Tensor a, Tensor b, Tensor out) {
    sameSize("addRelu", a, b);
    parallel.run(
        sameSize("addRelu", a, out),
        GRAIN,
        (i, end) ->
            loops.addRelu(
                a.floats(),
                a.offset() + i,
                b.floats(),
                b.offset() + i,
                out.floats(),
                out.offset() + i,
                end - i));
  }

  @Override
  public void channelAffine(Tensor x, Tensor scale, Tensor shift, boolean relu, Tensor out) {
    int channels = x.dim(-1);
    ShapeMismatchException.check("channelAffine", "scale", scale, channels);
    ShapeMismatchException.check("channelAffine", "shift", shift, channels);
    int n = sameSize("channelAffine", x, out);
    if (n == 0) {
      return;
    }
    parallel.run(
        n / channels,
        Math.max(1, GRAIN / channels),
        (from, end) -> {
          for (int row = from; row < end; row++) {
            loops.channelAffine(
                x.floats(),
                x.offset() + row * channels,
                scale.floats(),
                scale.offset(),
                shift.floats(),
                shift.offset(),
                relu,
                out.floats(),
                out.offset() + row * channels,
                channels);
          }
        });
  }

  @Override
  public void sineCode(Tensor x, Tensor periods, Tensor out) {
    int channels = periods.size();
    float[] from = x.floats();
    float[] period = periods.floats();
    float[] to = out.floats();
    parallel.run(
        x.size(),
        Math.max(1, SLOW_GRAIN / Math.max(1, channels)),
        (first, end) -> {
          for (int i = first; i < end; i++) {
            float value = from[x.offset() + i];
            int at = out.offset() + i * channels;
            for (int c = 0; c < channels; c += 2) {
              SineCosine.write(value / period[periods.offset() + c], to, at + c);
            }
          }
        });
  }

  @Override
  public void fill(Tensor x, float value) {
    parallel.run(
        x.size(),
        GRAIN,
        (from, end) -> Arrays.fill(x.floats(), x.offset() + from, x.offset() + end, value));
  }

  @Override
  public void dropout(long key, long first, float rate, Tensor out) {
    float factor = 1 / (1 - rate);
    float[] to = out.floats();
    parallel.run(
        out.size(),
        GRAIN,
        (from, end) -> {
          for (int i = from; i < end; i++) {
            to[out.offset() + i] = SplitMix64.uniform(key, first + i) < rate ? 0 : factor;
          }
        });
  }

  private static int sameSize(String op, Tensor x, Tensor other) {
    if (x.size() != other.size()) {
      throw new ShapeMismatchException(
          op, "tensor", "like " + x.shape(), other.shape().toString(), "");
    }
    return x.size();
  }
}
