package org.stabledino.nn.backbone;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.MapNorm;
import org.stabledino.nn.Module;

/**
 * {@code relu(F(x) + shortcut(x))} (He et al., CVPR 2016): F is {@code conv1}, {@code conv2} and,
 * in a bottleneck, {@code conv3}; the shortcut is a 1x1 convolution where the channels change,
 * otherwise the identity.
 */
final class ResidualBlock extends Module {
  private final ConvNorm shortcut;
  private final List<ConvNorm> path = new ArrayList<>();

  private ResidualBlock(int in, int out, int stride, MapNorm.Kind norm) {
    shortcut = in == out ? null : child("shortcut", new ConvNorm(in, out, 1, stride, norm));
  }

  /** Two 3x3 convolutions, the first with the stride. */
  static ResidualBlock basic(int in, int out, int stride, MapNorm.Kind norm) {
    ResidualBlock block = new ResidualBlock(in, out, stride, norm);
    block.append(new ConvNorm(in, out, 3, stride, norm));
    block.append(new ConvNorm(out, out, 3, 1, norm));
    return block;
  }

  /** 1x1 down to a quarter of the channels, 3x3 with the stride, 1x1 up again. */
  static ResidualBlock bottleneck(int in, int out, int stride, MapNorm.Kind norm) {
    ResidualBlock block = new ResidualBlock(in, out, stride, norm);
    int inner = out / 4;
    block.append(new ConvNorm(in, inner, 1, 1, norm));
    block.append(new ConvNorm(inner, inner, 3, stride, norm));
    block.append(new ConvNorm(inner, out, 1, 1, norm));
    return block;
  }

  private void append(ConvNorm conv) {
    path.add(child("conv" + (path.size() + 1), conv));
  }

  /** From [N, H, W, in] to [N, H / stride, W / stride, out]. */
  Variable forward(Variable x) {
    try (var _ = enter()) {
      Variable y = x;
      for (ConvNorm conv : path.subList(0, path.size() - 1)) {
        y = conv.forwardRelu(y);
      }
      Variable direct = shortcut == null ? x : shortcut.forward(x);
      return Ops.addRelu(path.getLast().forward(y), direct);
    }
  }
}
