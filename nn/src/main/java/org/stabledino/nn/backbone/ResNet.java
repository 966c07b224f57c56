package org.stabledino.nn.backbone;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.Module;

/**
 * A residual network (He et al., CVPR 2016) with the stride in the 3x3 convolutions; paths are
 * {@code stem.conv1}, {@code res2.0.conv1} and so on.
 *
 * {@snippet :
 * ResNet resnet = new ResNet(ResNetConfig.ofDepth(50));
 * resnet.initialize(Rng.of(60));
 * List<Variable> maps = resnet.forward(Variable.constant(Tensor.zeros(1, 64, 96, 3)));
 * assert maps.getFirst().shape().equals(Shape.of(1, 8, 12, 512)); // res3
 * }
 */
public final class ResNet extends Module implements Backbone {
  private final ResNetConfig config;
  private final ConvNorm stem;
  private final List<List<ResidualBlock>> stages = new ArrayList<>();

  /**
   * A network; its values are zeros until it is initialised or loaded.
   *
   * @param config its shape
   */
  public ResNet(ResNetConfig config) {
    this.config = config;
    stem = child("stem.conv1", new ConvNorm(3, config.stemChannels(), 7, 2, config.norm()));
    int in = config.stemChannels();
    for (int i = 0; i < 4; i++) {
      int out = config.res2Channels() << i;
      List<ResidualBlock> stage = new ArrayList<>();
      for (int j = 0; j < config.blocks().get(i); j++) {
        int stride = i > 0 && j == 0 ? 2 : 1;
        stage.add(
            config.bottleneck()
                ? ResidualBlock.bottleneck(in, out, stride, config.norm())
                : ResidualBlock.basic(in, out, stride, config.norm()));
        in = out;
      }
      stages.add(children("res" + (i + 2), stage));
    }
    freezeStages();
  }

  private void freezeStages() {
    stem.freeze(config.frozenStages() >= 1);
    for (int i = 0; i < 4; i++) {
      boolean frozen = config.frozenStages() >= i + 2;
      stages.get(i).forEach(block -> block.freeze(frozen));
    }
  }

  @Override
  public List<Variable> forward(Variable images) {
    try (var _ = enter()) {
      Variable x = GradMode.section(() -> Ops.maxPool2d(stem.forwardRelu(images), 3, 2, 1));
      List<Variable> maps = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        List<ResidualBlock> stage = stages.get(i);
        Variable input = x;
        x = GradMode.stage(() -> List.of(forward(stage, input))).getFirst();
        if (i + 2 >= config.firstOutput()) {
          maps.add(x);
        }
      }
      return maps;
    }
  }

  private static Variable forward(List<ResidualBlock> stage, Variable input) {
    Variable x = input;
    for (ResidualBlock block : stage) {
      Variable in = x;
      x = GradMode.section(() -> block.forward(in));
    }
    return x;
  }

  @Override
  public List<Integer> channels() {
    List<Integer> channels = new ArrayList<>();
    for (int stage = config.firstOutput(); stage <= 5; stage++) {
      channels.add(config.res2Channels() << (stage - 2));
    }
    return channels;
  }

  @Override
  public List<Integer> strides() {
    List<Integer> strides = new ArrayList<>();
    for (int stage = config.firstOutput(); stage <= 5; stage++) {
      strides.add(1 << stage);
    }
    return strides;
  }

  @Override
  public Module module() {
    return this;
  }
}
