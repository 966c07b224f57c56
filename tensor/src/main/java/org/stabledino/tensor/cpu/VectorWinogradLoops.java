package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * {@link WinogradLoops} with the Vector API. A transform {@code T X T^T} is the same transform of
 * vectors twice: of the columns of X into a buffer in the nearest cache, then of the buffer's rows.
 * The points ±p share their even and odd parts, which saves half of the work.
 */
final class VectorWinogradLoops implements WinogradLoops {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;

  /** A line of the buffer between the two sides of a transform. */
  private static final int LINE = Winograd.VALUES * LANES;

  private static final float A = Winograd.A;
  private static final float B = Winograd.B;
  private static final float A2 = Winograd.A2;
  private static final float B2 = Winograd.B2;

  /** For G: one over the products of the differences of a point and the others. */
  private static final float BY_ZERO = 1 / (A2 * B2);

  private static final float BY_A = 1 / (2 * A2 * (A2 - B2));
  private static final float BY_B = 1 / (2 * B2 * (B2 - A2));

  @Override
  public void input(
      float[] d,
      int dAt,
      int line,
      int step,
      int channels,
      boolean packed,
      float[] v,
      int vAt,
      int slice) {
    float[] half = Workspace.mine().floats(Slot.HALF, Winograd.VALUES * LINE);
    for (int c = 0; c < channels; c += LANES) {
      for (int x = 0; x < Winograd.VALUES; x++) {
        input(d, dAt + x * step + c, line, half, x * LANES, LINE);
      }
      int to = vAt + (packed ? TileLoops.packedAt(0, c) : c);
      for (int y = 0; y < Winograd.VALUES; y++) {
        input(half, y * LINE, LANES, v, to + y * Winograd.VALUES * slice, slice);
      }
    }
  }

  /** Six values of a line through B^T. */
  private static void input(float[] d, int dAt, int step, float[] v, int vAt, int vStep) {
    FloatVector d0 = FloatVector.fromArray(S, d, dAt);
    FloatVector d1 = FloatVector.fromArray(S, d, dAt + step);
    FloatVector d2 = FloatVector.fromArray(S, d, dAt + 2 * step);
    FloatVector d3 = FloatVector.fromArray(S, d, dAt + 3 * step);
    FloatVector d4 = FloatVector.fromArray(S, d, dAt + 4 * step);
    FloatVector d5 = FloatVector.fromArray(S, d, dAt + 5 * step);
    FloatVector minusA2 = FloatVector.broadcast(S, -A2);
    FloatVector minusB2 = FloatVector.broadcast(S, -B2);
    FloatVector evenA = d2.fma(minusB2, d4);
    FloatVector oddA = d1.fma(minusB2, d3);
    FloatVector evenB = d2.fma(minusA2, d4);
    FloatVector oddB = d1.fma(minusA2, d3);
    // d4 - (a² + b²) d2 + a²b² d0, by way of what is known already
    evenA.add(d0.mul(B2).sub(d2).mul(A2)).intoArray(v, vAt);
    oddA.fma(FloatVector.broadcast(S, A), evenA).intoArray(v, vAt + vStep);
    oddA.fma(FloatVector.broadcast(S, -A), evenA).intoArray(v, vAt + 2 * vStep);
    oddB.fma(FloatVector.broadcast(S, B), evenB).intoArray(v, vAt + 3 * vStep);
    oddB.fma(FloatVector.broadcast(S, -B), evenB).intoArray(v, vAt + 4 * vStep);
    d5.sub(d3.mul(B2)).add(d1.mul(B2).sub(d3).mul(A2)).intoArray(v, vAt + 5 * vStep);
  }

  @Override
  public void filter(float[] g, int gAt, int step, int outputs, float[] u, int uAt, int slice) {
    float[] half = Workspace.mine().floats(Slot.HALF, Winograd.VALUES * LINE);
    for (int c = 0; c < outputs; c += LANES) {
      for (int x = 0; x < 3; x++) {
        filter(g, gAt + x * step + c, 3 * step, half, x * LANES, LINE);
      }
      for (int y = 0; y < Winograd.VALUES; y++) {
        filter(half, y * LINE, LANES, u, uAt + y * Winograd.VALUES * slice + c, slice);
      }
    }
  }

  /** Three weights of a line through G. */
  private static void filter(float[] g, int gAt, int step, float[] u, int uAt, int uStep) {
    FloatVector g0 = FloatVector.fromArray(S, g, gAt);
    FloatVector g1 = FloatVector.fromArray(S, g, gAt + step);
    FloatVector g2 = FloatVector.fromArray(S, g, gAt + 2 * step);
    FloatVector evenA = g2.mul(A2).add(g0).mul(BY_A);
    FloatVector oddA = g1.mul(A * BY_A);
    FloatVector evenB = g2.mul(B2).add(g0).mul(BY_B);
    FloatVector oddB = g1.mul(B * BY_B);
    g0.mul(BY_ZERO).intoArray(u, uAt);
    evenA.add(oddA).intoArray(u, uAt + uStep);
    evenA.sub(oddA).intoArray(u, uAt + 2 * uStep);
    evenB.add(oddB).intoArray(u, uAt + 3 * uStep);
    evenB.sub(oddB).intoArray(u, uAt + 4 * uStep);
    g2.intoArray(u, uAt + 5 * uStep);
  }

  @Override
  public void output(
      float[] m,
      int mAt,
      int slice,
      float[] bias,
      int biasAt,
      float least,
      int outputs,
      float[] y,
      int yAt,
      int line,
      int step) {
    float[] half = Workspace.mine().floats(Slot.HALF, Winograd.VALUES * LINE);
    FloatVector floor = FloatVector.broadcast(S, least);
    FloatVector zero = FloatVector.zero(S);
    FloatVector none = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
    for (int c = 0; c < outputs; c += LANES) {
      for (int x = 0; x < Winograd.VALUES; x++) {
        int at = mAt + x * slice + c;
        output(m, at, Winograd.VALUES * slice, zero, none, half, x * LANES, LINE);
      }
      FloatVector start = FloatVector.fromArray(S, bias, biasAt + c);
      for (int row = 0; row < Winograd.RESULTS; row++) {
        output(half, row * LINE, LANES, start, floor, y, yAt + row * line + c, step);
      }
    }
  }

  /** Six products of a line through A^T. */
  private static void output(
      float[] m,
      int mAt,
      int step,
      FloatVector start,
      FloatVector least,
      float[] y,
      int yAt,
      int yStep) {
    FloatVector m1 = FloatVector.fromArray(S, m, mAt + step);
    FloatVector m2 = FloatVector.fromArray(S, m, mAt + 2 * step);
    FloatVector m3 = FloatVector.fromArray(S, m, mAt + 3 * step);
    FloatVector m4 = FloatVector.fromArray(S, m, mAt + 4 * step);
    FloatVector m0 = FloatVector.fromArray(S, m, mAt).add(start);
    FloatVector m5 = FloatVector.fromArray(S, m, mAt + 5 * step).add(start);
    FloatVector evenA = m1.add(m2);
    FloatVector oddA = m1.sub(m2).mul(A);
    FloatVector evenB = m3.add(m4);
    FloatVector oddB = m3.sub(m4).mul(B);
    m0.add(evenA).add(evenB).max(least).intoArray(y, yAt);
    start.add(oddA).add(oddB).max(least).intoArray(y, yAt + yStep);
    evenA
        .fma(FloatVector.broadcast(S, A2), start)
        .add(evenB.mul(B2))
        .max(least)
        .intoArray(y, yAt + 2 * yStep);
    oddA.fma(FloatVector.broadcast(S, A2), m5)
        .add(oddB.mul(B2))
        .max(least)
        .intoArray(y, yAt + 3 * yStep);
  }
}
