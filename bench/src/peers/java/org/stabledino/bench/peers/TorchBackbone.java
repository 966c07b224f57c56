package org.stabledino.bench.peers;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.stabledino.detection.model.BackboneConfig;

/** A backbone from libtorch's functional ops. */
sealed interface TorchBackbone permits TorchResNet, TorchSwin {

  /**
   * The network of a configuration.
   *
   * @param config of our backbone, whose weights are used
   * @param layers with the weights
   * @param height of the image, pixels
   * @param width of the image, pixels
   * @param training whether it will be differentiated; a Swin cannot be
   */
  static TorchBackbone of(
      BackboneConfig config, TorchLayers layers, int height, int width, boolean training) {
    return switch (config) {
      case BackboneConfig.Residual _ -> new TorchResNet(layers.weights(), training);
      case BackboneConfig.ShiftedWindows(var swin) -> {
        if (training) {
          throw new IllegalArgumentException("the libtorch Swin is for inference only");
        }
        yield new TorchSwin(layers, swin, height, width);
      }
    };
  }

  /** From images [1, 3, H, W] to the maps that the neck takes, fine to coarse; channels last. */
  List<Tensor> forward(Tensor images);
}
