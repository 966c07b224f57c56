package org.stabledino.detection.model;

import org.stabledino.nn.backbone.Backbone;
import org.stabledino.nn.backbone.ResNet;
import org.stabledino.nn.backbone.ResNetConfig;
import org.stabledino.nn.backbone.Swin;
import org.stabledino.nn.backbone.SwinConfig;

/** Which backbone, and of what shape. */
public sealed interface BackboneConfig {

  /** ResNet-50 with maps of res3 to res5. */
  BackboneConfig RESNET_50 = new Residual(ResNetConfig.ofDepth(50));

  /** ResNet-50 with maps of res2 to res5, for five scales. */
  BackboneConfig RESNET_50_FINE = new Residual(ResNetConfig.ofDepth(50).withFirstOutput(2));

  /** A narrow ResNet with group norm that learns from scratch. */
  BackboneConfig SMALL = new Residual(ResNetConfig.small());

  /**
   * Makes the backbone.
   *
   * @return a network whose parameters are yet to be initialised or loaded
   */
  Backbone create();

  /**
   * A residual network.
   *
   * @param config its shape
   */
  record Residual(ResNetConfig config) implements BackboneConfig {
    @Override
    public Backbone create() {
      return new ResNet(config);
    }
  }

  /**
   * A Swin transformer.
   *
   * @param config its shape
   */
  record ShiftedWindows(SwinConfig config) implements BackboneConfig {
    @Override
    public Backbone create() {
      return new Swin(config);
    }
  }

  /**
   * A published Swin transformer.
   *
   * @param size which
   * @return its configuration
   */
  static BackboneConfig swin(SwinConfig.Size size) {
    return new ShiftedWindows(SwinConfig.of(size));
  }
}
