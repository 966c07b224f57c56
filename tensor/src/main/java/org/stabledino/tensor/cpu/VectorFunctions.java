package org.stabledino.tensor.cpu;

import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.stabledino.tensor.ElementwiseKernels.Unary;

/**
 * Functions of one number and their gradients, for whole vectors; each has a loop in a method of
 * its own, for the reason that {@link VectorElementwise} gives.
 */
final class VectorFunctions {
  private static final VectorSpecies<Float> S = VectorWidth.FLOATS;
  private static final int LANES = VectorWidth.LANES;

  private VectorFunctions() {}

  private static FloatVector load(float[] x, int at) {
    return FloatVector.fromArray(S, x, at);
  }

  /** {@code out = op(x)} for n elements, a multiple of a vector's. */
  static void apply(Unary op, float[] x, int xAt, float[] out, int outAt, int n) {
    switch (op) {
      case NEGATE -> negate(x, xAt, out, outAt, n);
      case ABS -> abs(x, xAt, out, outAt, n);
      case EXP -> exp(x, xAt, out, outAt, n);
      case LOG -> log(x, xAt, out, outAt, n);
      case SQRT -> sqrt(x, xAt, out, outAt, n);
      case SQUARE -> square(x, xAt, out, outAt, n);
      case RECIPROCAL -> reciprocal(x, xAt, out, outAt, n);
      case SIGMOID -> sigmoid(x, xAt, out, outAt, n);
      case RELU -> relu(x, xAt, out, outAt, n);
      case GELU -> gelu(x, xAt, out, outAt, n);
      case SIN, COS -> throw new IllegalArgumentException(op + " has no vector form");
    }
  }

  /** {@code out = grad * op'(x)} for n elements, a multiple of a vector's; y is op(x). */
  static void gradient(
      Unary op,
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    switch (op) {
      case NEGATE -> negateBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case ABS -> absBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case EXP -> expBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case LOG -> logBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case SQRT -> sqrtBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case SQUARE -> squareBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case RECIPROCAL -> reciprocalBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case SIGMOID -> sigmoidBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case RELU -> reluBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case GELU -> geluBackward(x, xAt, y, yAt, grad, gradAt, out, outAt, n);
      case SIN, COS -> throw new IllegalArgumentException(op + " has no vector form");
    }
  }

  private static void negate(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xAt + i).neg().intoArray(out, outAt + i);
    }
  }

  private static void abs(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xAt + i).abs().intoArray(out, outAt + i);
    }
  }

  private static void exp(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.exp(load(x, xAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void log(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.log(load(x, xAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void sqrt(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xAt + i).sqrt().intoArray(out, outAt + i);
    }
  }

  private static void square(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(x, xAt + i);
      v.mul(v).intoArray(out, outAt + i);
    }
  }

  private static void reciprocal(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.broadcast(S, 1f).div(load(x, xAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void sigmoid(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      VectorMath.sigmoid(load(x, xAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void relu(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      load(x, xAt + i).max(0f).intoArray(out, outAt + i);
    }
  }

  private static void gelu(float[] x, int xAt, float[] out, int outAt, int n) {
    for (int i = 0; i < n; i += LANES) {
      // v - t tail(t) above 0, -t tail(t) below: no branch and no mask
      FloatVector v = load(x, xAt + i);
      FloatVector t = v.abs().min(VectorMath.FAR);
      FloatVector tail = VectorMath.bell(t).mul(VectorMath.tailShare(t));
      v.max(0f).sub(t.mul(tail)).intoArray(out, outAt + i);
    }
  }

  private static void negateBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      load(grad, gradAt + i).neg().intoArray(out, outAt + i);
    }
  }

  private static void absBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector g = load(grad, gradAt + i);
      FloatVector v = load(x, xAt + i);
      FloatVector.zero(S)
          .blend(g, v.compare(GT, 0f))
          .blend(g.neg(), v.compare(LT, 0f))
          .intoArray(out, outAt + i);
    }
  }

  private static void expBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      load(grad, gradAt + i).mul(load(y, yAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void logBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      load(grad, gradAt + i).div(load(x, xAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void sqrtBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      load(grad, gradAt + i).mul(0.5f).div(load(y, yAt + i)).intoArray(out, outAt + i);
    }
  }

  private static void squareBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      load(grad, gradAt + i).mul(load(x, xAt + i).mul(2f)).intoArray(out, outAt + i);
    }
  }

  private static void reciprocalBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(y, yAt + i);
      load(grad, gradAt + i).mul(v.mul(v).neg()).intoArray(out, outAt + i);
    }
  }

  private static void sigmoidBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector v = load(y, yAt + i);
      FloatVector slope = v.mul(FloatVector.broadcast(S, 1f).sub(v));
      load(grad, gradAt + i).mul(slope).intoArray(out, outAt + i);
    }
  }

  private static void reluBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    for (int i = 0; i < n; i += LANES) {
      FloatVector.zero(S)
          .blend(load(grad, gradAt + i), load(x, xAt + i).compare(GT, 0f))
          .intoArray(out, outAt + i);
    }
  }

  private static void geluBackward(
      float[] x,
      int xAt,
      float[] y,
      int yAt,
      float[] grad,
      int gradAt,
      float[] out,
      int outAt,
      int n) {
    // C2 inlines methods of ours only up to a limit, those of the Vector API always: ours come
    // first.
    for (int i = 0; i < n; i += LANES) {
      FloatVector t = FloatVector.fromArray(S, x, xAt + i).abs().min(VectorMath.FAR);
      FloatVector bell = VectorMath.bell(t);
      FloatVector tail = bell.mul(VectorMath.tailShare(t));
      FloatVector v = FloatVector.fromArray(S, x, xAt + i);
      FloatVector slope = tail.blend(tail.neg().add(1f), v.compare(GT, 0f));
      slope = v.max(-VectorMath.FAR).min(VectorMath.FAR).mul(VectorMath.DENSITY).fma(bell, slope);
      FloatVector.fromArray(S, grad, gradAt + i).mul(slope).intoArray(out, outAt + i);
    }
  }
}
