package org.stabledino.tensor;

/** Kernels that work element by element on float32. */
public interface ElementwiseKernels {

  /** Functions of one number. */
  enum Unary {
    /** {@code -x}. */
    NEGATE,
    /** {@code |x|}; its derivative at 0 is 0. */
    ABS,
    /** {@code e^x}. */
    EXP,
    /** Natural logarithm. */
    LOG,
    /** Square root. */
    SQRT,
    /** {@code x * x}. */
    SQUARE,
    /** {@code 1 / x}. */
    RECIPROCAL,
    /** {@code 1 / (1 + e^-x)}. */
    SIGMOID,
    /** {@code max(x, 0)}; its derivative at 0 is 0. */
    RELU,
    /** {@code x * Phi(x)} with the exact error function. */
    GELU,
    /** Sine, accurate for arguments as large as 1e7. */
    SIN,
    /** Cosine, accurate for arguments as large as 1e7. */
    COS
  }

  /** Functions of two numbers. */
  enum Binary {
    /** {@code a + b}. */
    ADD,
    /** {@code a - b}. */
    SUBTRACT,
    /** {@code a * b}. */
    MULTIPLY,
    /** {@code a / b}. */
    DIVIDE,
    /** The smaller. */
    MINIMUM,
    /** The larger. */
    MAXIMUM
  }

  /**
   * {@code out = op(x)}.
   *
   * @param op the function
   * @param x any shape
   * @param out like x; may be x
   */
  void unary(Unary op, Tensor x, Tensor out);

  /**
   * The gradient of {@link #unary}: {@code gradX = gradOut * op'(x)}.
   *
   * @param op the function
   * @param x its argument
   * @param y its value, like x
   * @param gradOut gradient of the value, like x
   * @param gradX output, like x; may be gradOut
   */
  void unaryBackward(Unary op, Tensor x, Tensor y, Tensor gradOut, Tensor gradX);

  /**
   * {@code out = op(a, b)}; shapes broadcast as in NumPy.
   *
   * @param op the function
   * @param a any shape
   * @param b a shape that broadcasts with a's
   * @param out of the broadcast shape; may be a or b where their shape equals it
   */
  void binary(Binary op, Tensor a, Tensor b, Tensor out);

  /**
   * {@code out = scale * x + shift}.
   *
   * @param x any shape
   * @param scale factor
   * @param shift summand
   * @param out like x; may be x
   */
  void affine(Tensor x, float scale, float shift, Tensor out);

  /**
   * {@code y += alpha * x}.
   *
   * @param alpha factor
   * @param x any shape
   * @param y added to, same size as x
   */
  void axpy(float alpha, Tensor x, Tensor y);

  /**
   * {@code out = x ^ exponent}, as {@link Math#pow}.
   *
   * @param x any shape
   * @param exponent the power
   * @param out like x; may be x
   */
  void power(Tensor x, float exponent, Tensor out);

  /**
   * {@code out = min(max(x, low), high)}.
   *
   * @param x any shape
   * @param low lower bound
   * @param high upper bound
   * @param out like x; may be x
   */
  void clamp(Tensor x, float low, float high, Tensor out);

  /**
   * The gradient of {@link #clamp}: gradOut where {@code low <= x <= high}, else 0.
   *
   * @param x the argument of clamp
   * @param low lower bound
   * @param high upper bound
   * @param gradOut like x
   * @param gradX output, like x; may be gradOut
   */
  void clampBackward(Tensor x, float low, float high, Tensor gradOut, Tensor gradX);

  /**
   * {@code out = mask ? value : x}.
   *
   * @param x any shape
   * @param mask bool; its shape equals x's leading dimensions, trailing ones are covered whole
   * @param value the value where the mask is true
   * @param out like x; may be x
   */
  void maskedFill(Tensor x, Tensor mask, float value, Tensor out);

  /**
   * {@code out = relu(a + b)}, in one pass.
   *
   * @param a any shape
   * @param b like a
   * @param out like a; may be a or b
   */
  void addRelu(Tensor a, Tensor b, Tensor out);

  /**
   * {@code out = x * scale + shift} with one scale and shift a channel, then optionally ReLU.
   *
   * @param x shape [..., C]
   * @param scale shape [C]
   * @param shift shape [C]
   * @param relu whether negative results become 0
   * @param out like x; may be x
   */
  void channelAffine(Tensor x, Tensor scale, Tensor shift, boolean relu, Tensor out);

  /**
   * The sine code of positions: channel 2i of an element is {@code sin(x / periods[2i])}, channel
   * 2i + 1 is {@code cos(x / periods[2i])}; the quotient is rounded to float32, sine and cosine are
   * accurate for quotients as large as 1e7.
   *
   * @param x any shape
   * @param periods shape [F], F even
   * @param out the shape of x, then F
   */
  void sineCode(Tensor x, Tensor periods, Tensor out);

  /**
   * Sets every element.
   *
   * @param x written
   * @param value the value
   */
  void fill(Tensor x, float value);

  /**
   * Factors that leave something out at random and keep its mean: {@code out[i]} is 0 where number
   * {@code first + i} of a stream ({@link SplitMix64#uniform}) is below the rate, else {@code 1 /
   * (1 - rate)}. Every device gives the same bits.
   *
   * @param key of the stream
   * @param first the index of the first number
   * @param rate the part that is left out, below 1
   * @param out any shape
   */
  void dropout(long key, long first, float rate, Tensor out);
}
