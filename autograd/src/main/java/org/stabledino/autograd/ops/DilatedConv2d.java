package org.stabledino.autograd.ops;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.ShapeMismatchException;

/**
 * Convolution with dilation, groups and oblong windows, composed of ops: none of the detectors here
 * uses them, so they have no kernel of their own.
 *
 * <p>Zeros between and behind the taps make any window a square one; more padding at the bottom and
 * the right makes up for the zeros behind. Each group is a convolution of its slice of channels.
 */
public final class DilatedConv2d {
  private DilatedConv2d() {}

  /**
   * The result, [N, Ho, Wo, Cout] with {@code Ho = (H + 2 padding - dilation (kh - 1) - 1) / stride
   * + 1}.
   *
   * @param x shape [N, H, W, Cin]
   * @param weight shape [Cout, Cin / groups, kh, kw]
   * @param bias shape [Cout]; nullable
   * @param stride step of the window
   * @param padding zeros around the map
   * @param dilation distance of neighbouring taps
   * @param groups divides Cin and Cout
   * @return the feature map
   */
  public static Variable apply(
      Variable x,
      Variable weight,
      Variable bias,
      int stride,
      int padding,
      int dilation,
      int groups) {
    if (x.rank() != 4 || x.dim(3) % groups != 0 || weight.dim(0) % groups != 0) {
      throw new ShapeMismatchException(
          "conv2d",
          "x",
          "[N, H, W, Cin] with " + groups + " groups dividing Cin and Cout",
          x.shape() + " with weight " + weight.shape(),
          "");
    }
    int height = dilation * (weight.dim(2) - 1) + 1;
    int width = dilation * (weight.dim(3) - 1) + 1;
    int side = Math.max(height, width);
    Variable taps = spread(spread(weight, 2, dilation, side), 3, dilation, side);
    Variable padded = Ops.pad(x, 1, padding, padding + side - height);
    padded = Ops.pad(padded, 2, padding, padding + side - width);
    if (groups == 1) {
      return Ops.conv2d(padded, taps, bias, stride, 0);
    }
    int inputs = x.dim(3) / groups;
    int outputs = weight.dim(0) / groups;
    List<Variable> parts = new ArrayList<>(groups);
    for (int group = 0; group < groups; group++) {
      int first = group * outputs;
      parts.add(
          Ops.conv2d(
              Ops.slice(padded, 3, group * inputs, (group + 1) * inputs),
              Ops.slice(taps, 0, first, first + outputs),
              bias == null ? null : Ops.slice(bias, 0, first, first + outputs),
              stride,
              0));
    }
    return Ops.concat(3, parts);
  }

  /** Puts {@code dilation - 1} zeros behind each index of an axis, then fits it to a length. */
  private static Variable spread(Variable weight, int axis, int dilation, int length) {
    int[] dims = weight.shape().dims();
    int taps = dims[axis];
    int before = weight.shape().count(0, axis);
    int after = weight.shape().count(axis + 1, weight.rank());
    Variable apart = Ops.pad(Ops.reshape(weight, before, taps, 1, after), 2, 0, dilation - 1);
    Variable line = Ops.reshape(apart, before, taps * dilation, after);
    int used = dilation * (taps - 1) + 1;
    line = Ops.pad(Ops.slice(line, 1, 0, used), 1, 0, length - used);
    dims[axis] = length;
    return Ops.reshape(line, dims);
  }
}
