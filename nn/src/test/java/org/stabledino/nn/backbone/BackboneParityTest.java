package org.stabledino.nn.backbone;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Layouts;
import org.stabledino.tensor.Tensor;

/** Feature maps and gradients of the backbones against the published ones. */
@Tag("parity")
class BackboneParityTest {

  @Test
  void swinOutputsAndAllGradients() {
    try (Fixture fixture = Fixtures.open("model_tiny/swin_backbone/swin")) {
      Swin swin = new Swin(new SwinConfig(16, List.of(2, 2, 4, 2), List.of(2, 4, 8, 8), 4, 0f, 0));
      StateDicts.load(
          swin, TensorSource.of("swin", fixture.withPrefix("p.")), StateDicts.Strictness.STRICT);
      Variable x = Variable.leaf(fixture.nhwc("x"));
      List<Variable> maps = swin.forward(x);
      Variable loss = null;
      for (int i = 0; i < 4; i++) {
        Close.check("p" + i, fixture.nhwc("out.p" + i), maps.get(i).data(), 1e-5, 1e-6);
        Variable gout = Variable.constant(fixture.nhwc("gout.p" + i));
        Variable term = Ops.sum(Ops.mul(maps.get(i), gout));
        loss = loss == null ? term : Ops.add(loss, term);
      }
      loss.backward();
      Close.check("grad.x", fixture.nhwc("grad.x"), x.grad(), 1e-5, 1e-6);
      swin.namedParameters()
          .forEach(
              (path, p) -> Close.check(path, fixture.tensor("grad." + path), p.grad(), 1e-5, 1e-6));
      swin.train(false);
      try (GradMode _ = GradMode.noGrad()) {
        List<Variable> again = swin.forward(x);
        Close.check("inference", fixture.nhwc("out.p3"), again.get(3).data(), 1e-5, 1e-6);
      }
    }
  }

  @Test
  void resNetWithFoldedAndWithSeparateNorms() {
    try (Fixture weights = Fixtures.open("model_tiny/stable/state_dict");
        Fixture eval = Fixtures.open("model_tiny/stable/eval")) {
      ResNet resnet = new ResNet(ResNetConfig.ofDepth(50).withWidth(8, 16));
      StateDicts.load(
          resnet,
          TensorSource.of("stable", weights.withPrefix("backbone.")),
          StateDicts.Strictness.STRICT);
      Variable images = Variable.constant(batch(eval.tensor("image0"), eval.tensor("image1")));
      check(eval, resnet.forward(images));
      try (GradMode _ = GradMode.noGrad()) {
        check(eval, resnet.forward(images));
      }
    }
  }

  private static void check(Fixture eval, List<Variable> maps) {
    for (int i = 0; i < 3; i++) {
      String name = "batch.backbone.res" + (i + 3);
      Close.check(name, eval.nhwc(name), maps.get(i).data(), 2e-5, 1e-6);
    }
  }

  /** Two raw images [3, H, W], normalised and padded with zeros to their common extent. */
  private static Tensor batch(Tensor... images) {
    float[] mean = {123.675f, 116.28f, 103.53f};
    float[] std = {58.395f, 57.12f, 57.375f};
    int height = Math.max(images[0].dim(1), images[1].dim(1));
    int width = Math.max(images[0].dim(2), images[1].dim(2));
    Tensor batch = Tensor.zeros(images.length, 3, height, width);
    for (int n = 0; n < images.length; n++) {
      for (int c = 0; c < 3; c++) {
        for (int y = 0; y < images[n].dim(1); y++) {
          for (int x = 0; x < images[n].dim(2); x++) {
            int pixel = (c * images[n].dim(1) + y) * images[n].dim(2) + x;
            batch.floats()[((n * 3 + c) * height + y) * width + x] =
                ((images[n].bytes()[pixel] & 0xff) - mean[c]) / std[c];
          }
        }
      }
    }
    return Layouts.toNhwc(batch);
  }
}
