package org.stabledino.detection.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Conv2d;
import org.stabledino.nn.GroupNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;

/**
 * Brings the backbone's maps to C channels and adds coarser levels: 1x1 convolutions, and for each
 * extra level a 3x3 convolution of stride 2, the first of the backbone's last map, the others of
 * the level before; all followed by group norm.
 *
 * {@snippet :
 * Neck neck = new Neck(List.of(512, 1024, 2048), 256, 1, 32);
 * List<Variable> levels = neck.forward(backboneMaps); // 4 levels, the last of stride 64
 * }
 */
public final class Neck extends Module {
  private final List<Level> levels;
  private final List<Level> extraLevels;

  /**
   * A neck.
   *
   * @param inChannels channels of the backbone's maps, fine to coarse
   * @param channels C
   * @param extra how many levels to add
   * @param groups of the group norms
   */
  public Neck(List<Integer> inChannels, int channels, int extra, int groups) {
    levels =
        children(
            "convs", inChannels.stream().map(in -> new Level(in, channels, 1, groups)).toList());
    extraLevels =
        children(
            "extra_convs",
            IntStream.range(0, extra)
                .mapToObj(i -> i == 0 ? inChannels.getLast() : channels)
                .map(in -> new Level(in, channels, 3, groups))
                .toList());
  }

  /**
   * Applies the neck.
   *
   * @param maps of the backbone, fine to coarse, each [B, H_l, W_l, C_l]
   * @return the levels, fine to coarse, each [B, H_l, W_l, C]
   */
  public List<Variable> forward(List<Variable> maps) {
    try (var _ = enter()) {
      List<Variable> result = new ArrayList<>();
      for (int i = 0; i < maps.size(); i++) {
        result.add(levels.get(i).forward(maps.get(i)));
      }
      Variable last = maps.getLast();
      for (Level level : extraLevels) {
        last = level.forward(last);
        result.add(last);
      }
      return result;
    }
  }

  /** A convolution and its norm; stride 1 for a 1x1 window, 2 for a 3x3 one. */
  private static final class Level extends Module {
    private final Conv2d conv;
    private final GroupNorm norm;

    Level(int in, int out, int kernel, int groups) {
      conv = child("conv", new Conv2d(in, out, kernel, kernel == 1 ? 1 : 2, kernel / 2, true));
      norm = child("norm", new GroupNorm(groups, out));
    }

    Variable forward(Variable x) {
      try (var _ = enter()) {
        return norm.forward(conv.forward(x));
      }
    }

    @Override
    protected void reset(Rng rng) {
      Initializers.xavierUniform(conv.weight().data(), rng);
      Initializers.constant(conv.bias().data(), 0f);
    }
  }
}
