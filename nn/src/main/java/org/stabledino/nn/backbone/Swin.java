package org.stabledino.nn.backbone;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.Conv2d;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.init.Rng;

/**
 * A Swin transformer (Liu et al., ICCV 2021) as detectors use it: any image size, one LayerNorm for
 * each map that is handed out.
 *
 * {@snippet :
 * Swin swin = new Swin(SwinConfig.of(SwinConfig.Size.TINY));
 * swin.initialize(Rng.of(60));
 * swin.train(false);
 * List<Variable> maps = swin.forward(Variable.constant(Tensor.zeros(1, 64, 100, 3)));
 * assert maps.getFirst().shape().equals(Shape.of(1, 8, 13, 192)); // stride 8
 * }
 */
public final class Swin extends Module implements Backbone {
  private static final int PATCH = 4;

  private final SwinConfig config;
  private final Conv2d patches;
  private final LayerNorm patchNorm;
  private final List<SwinStage> stages;
  private final Map<Integer, LayerNorm> norms = new LinkedHashMap<>();
  private Rng rng;
  private int firstImage;

  /**
   * A network; its values are zeros until it is initialised or loaded.
   *
   * @param config its shape
   */
  public Swin(SwinConfig config) {
    this.config = config;
    patches = child("patch_embed.proj", new Conv2d(3, config.embed(), PATCH, PATCH, 0, true));
    patchNorm = child("patch_embed.norm", new LayerNorm(config.embed()));
    stages = children("layers", stages(config));
    for (int i = config.firstOutput(); i < 4; i++) {
      norms.put(i, child("norm" + i, new LayerNorm(config.embed() << i)));
    }
  }

  private static List<SwinStage> stages(SwinConfig config) {
    int blocks = config.depths().stream().mapToInt(Integer::intValue).sum();
    List<SwinStage> stages = new ArrayList<>();
    int block = 0;
    for (int i = 0; i < 4; i++) {
      float[] dropPaths = new float[config.depths().get(i)];
      for (int j = 0; j < dropPaths.length; j++) {
        dropPaths[j] = config.dropPath() * block++ / (blocks - 1);
      }
      stages.add(
          new SwinStage(
              config.embed() << i, config.heads().get(i), config.window(), dropPaths, i == 3));
    }
    return stages;
  }

  @Override
  public List<Variable> forward(Variable images) {
    try (var _ = enter()) {
      Variable x = images;
      for (int axis = 1; axis <= 2; axis++) {
        int missing = Math.floorMod(-x.dim(axis), PATCH);
        if (missing > 0) {
          x = Ops.pad(x, axis, 0, missing);
        }
      }
      x = patchNorm.forward(patches.forward(x));
      List<Variable> maps = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        SwinStage stage = stages.get(i);
        Rng own = rng == null ? null : rng.child(i);
        Variable input = x;
        x = GradMode.stage(() -> List.of(stage.forward(input, own, firstImage))).getFirst();
        if (norms.containsKey(i)) {
          maps.add(norms.get(i).forward(x));
        }
        if (i < 3) {
          x = stages.get(i).downsample(x);
        }
      }
      return maps;
    }
  }

  @Override
  public void randomness(Rng step, int first) {
    rng = step;
    firstImage = first;
  }

  @Override
  public List<Integer> channels() {
    return norms.keySet().stream().map(i -> config.embed() << i).toList();
  }

  @Override
  public List<Integer> strides() {
    return norms.keySet().stream().map(i -> PATCH << i).toList();
  }

  @Override
  public Module module() {
    return this;
  }
}
