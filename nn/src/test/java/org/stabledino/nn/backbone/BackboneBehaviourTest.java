package org.stabledino.nn.backbone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.testing.Close;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

class BackboneBehaviourTest {

  private static Variable images(int... dims) {
    Tensor images = Tensor.zeros(dims);
    Initializers.normal(images, 0, 1, Rng.of(9));
    return Variable.constant(images);
  }

  @Test
  void resNetExample() {
    ResNet resnet = new ResNet(ResNetConfig.ofDepth(50).withWidth(8, 32));
    resnet.initialize(Rng.of(60));
    List<Variable> maps = resnet.forward(images(1, 64, 96, 3));
    assertThat(maps.getFirst().shape()).isEqualTo(Shape.of(1, 8, 12, 64));
    assertThat(maps).extracting(map -> map.dim(3)).isEqualTo(resnet.channels());
  }

  @Test
  void foldedWeightsFollowTraining() {
    ResNet resnet = new ResNet(ResNetConfig.ofDepth(18).withWidth(8, 8).withFrozenStages(0));
    resnet.initialize(Rng.of(60));
    Variable x = images(1, 32, 32, 3);
    inference(resnet, x);
    for (int step = 0; step < 2; step++) {
      resnet.clearGrad();
      Ops.sum(resnet.forward(x).getLast()).backward();
      resnet
          .namedParameters()
          .forEach(
              (path, p) -> {
                assertThat(p.grad()).as(path).isNotNull();
                p.data().backend().elementwise().axpy(-1e-3f, p.grad(), p.data());
              });
      Tensor folded = inference(resnet, x);
      Close.check("step " + step, resnet.forward(x).getLast().data(), folded, 1e-5, 1e-6);
    }
  }

  private static Tensor inference(ResNet resnet, Variable x) {
    try (GradMode _ = GradMode.noGrad()) {
      return resnet.forward(x).getLast().data();
    }
  }

  @Test
  void frozenStagesGetNoGradient() {
    ResNet resnet = new ResNet(ResNetConfig.ofDepth(18).withWidth(8, 8).withFrozenStages(2));
    resnet.initialize(Rng.of(60));
    Ops.sum(resnet.forward(images(1, 32, 32, 3)).getLast()).backward();
    resnet
        .namedParameters()
        .forEach(
            (path, p) ->
                assertThat(p.grad() == null)
                    .as(path)
                    .isEqualTo(path.startsWith("stem") || path.startsWith("res2")));
  }

  @Test
  void smallResNetTrainsInSteadyMemory() {
    ResNet resnet = new ResNet(ResNetConfig.small());
    resnet.initialize(Rng.of(60));
    Variable x = images(2, 64, 64, 3);
    long steady = 0;
    for (int step = 0; step < 6; step++) {
      try (Scope _ = Scope.open()) {
        resnet.clearGrad();
        Ops.sum(resnet.forward(x).getLast()).backward();
      }
      if (step == 2) {
        steady = HostMemory.freshBytes();
      }
    }
    assertThat(HostMemory.freshBytes()).isEqualTo(steady);
  }

  @Test
  void swinExample() {
    Swin swin = new Swin(SwinConfig.of(SwinConfig.Size.TINY));
    swin.initialize(Rng.of(60));
    swin.train(false);
    try (GradMode _ = GradMode.noGrad()) {
      List<Variable> maps = swin.forward(images(1, 64, 100, 3));
      assertThat(maps.getFirst().shape()).isEqualTo(Shape.of(1, 8, 13, 192));
      assertThat(maps).extracting(map -> map.dim(3)).isEqualTo(swin.channels());
    }
  }

  @Test
  void stochasticDepthIsAFunctionOfTheStep() {
    Swin swin = new Swin(new SwinConfig(8, List.of(2, 2, 2, 2), List.of(1, 2, 2, 4), 4, 0.5f, 1));
    swin.initialize(Rng.of(60));
    Variable x = images(2, 32, 32, 3);
    assertThatThrownBy(() -> swin.forward(x)).hasMessageContaining("call randomness(rng)");
    float[] first = at(swin, x, 1);
    assertThat(at(swin, x, 1)).isEqualTo(first);
    assertThat(at(swin, x, 2)).isNotEqualTo(first);
    swin.train(false);
    assertThat(at(swin, x, 1)).isEqualTo(at(swin, x, 2));
  }

  @Test
  void stochasticDepthIsAFunctionOfTheImageInItsBatch() {
    Swin swin = new Swin(new SwinConfig(8, List.of(2, 2, 2, 2), List.of(1, 2, 2, 4), 4, 0.5f, 1));
    swin.initialize(Rng.of(60));
    Variable batch = images(4, 32, 32, 3);
    swin.randomness(Rng.of(60), 0);
    Tensor whole = swin.forward(batch).getLast().data();
    for (int image = 0; image < 4; image++) {
      swin.randomness(Rng.of(60), image);
      Variable alone = Variable.constant(batch.data().narrow(image, image + 1));
      assertThat(swin.forward(alone).getLast().data().toFloats())
          .usingComparatorWithPrecision(1e-4f)
          .containsExactly(whole.select(image).toFloats());
    }
  }

  private static float[] at(Swin swin, Variable x, long step) {
    swin.randomness(Rng.of(60).child(step), 0);
    return swin.forward(x).getLast().data().toFloats();
  }
}
