package org.stabledino.bench.peers;

import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.autograd.GradMode;
import org.stabledino.bench.ModelCase;
import org.stabledino.bench.NamedShape;
import org.stabledino.bench.NetworkStep;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.Probe;
import org.stabledino.detection.model.TransformerConfig;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Our detector and its copy in libtorch on one image, detecting or doing a {@link NetworkStep}.
 *
 * <p>Both decode the tokens that ours selects, since where two scores are almost equal rounding
 * decides; the copy makes its own selection too, and drops it.
 */
final class WholeModel {
  private final NetworkStep step;
  private final ModelCase detector;
  private final DenoisingQueries denoising;

  private final TorchDino peer;
  private final org.bytedeco.pytorch.Tensor peerImages;
  private final org.bytedeco.pytorch.Tensor peerSelected;
  private final org.bytedeco.pytorch.Tensor peerVisible;
  private final List<org.bytedeco.pytorch.Tensor> peerGradients;
  private final TensorVector peerParameters;
  private final org.bytedeco.pytorch.AdamW peerOptimizer;

  private float[] ours;
  private float[] theirs;

  WholeModel(NamedShape shape, boolean training) {
    step = new NetworkStep(shape, Device.CPU);
    detector = step.detector();
    detector.model().train(training);
    denoising = training ? step.denoising() : null;
    int[] selected = selected();

    peer = new TorchDino(detector.model(), detector.config(), shape.get(1), shape.get(2), training);
    peerImages = Torch.channelsLast(detector.images());
    long[] tokens = new long[selected.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = selected[i];
    }
    peerSelected = org.bytedeco.pytorch.Tensor.create(tokens);
    peerVisible = training ? Torch.copyBool(denoising.blocked()).logical_not() : null;
    peerGradients = step.gradients().stream().map(Torch::copy).toList();
    peerParameters =
        new TensorVector(peer.weights().trainedList().toArray(org.bytedeco.pytorch.Tensor[]::new));
    AdamWOptions options = new AdamWOptions(0);
    options.weight_decay().put(0);
    peerOptimizer = new org.bytedeco.pytorch.AdamW(peerParameters, options);
  }

  private TransformerConfig config() {
    return detector.config().transformer();
  }

  /** The tokens that our model decodes. */
  private int[] selected() {
    int[] tokens = new int[config().numQueries()];
    Probe probe =
        new Probe() {
          @Override
          public void selected(Levels levels, Tensor indices, Tensor boxes) {
            System.arraycopy(indices.ints(), indices.offset(), tokens, 0, tokens.length);
          }
        };
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      detector.model().observe(detector.images(), detector.sizes(), denoising, probe);
    }
    return tokens;
  }

  void detect() {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Prediction last = detector.model().detect(detector.images(), detector.sizes());
      ours = Flat.join(last.logits().data().toFloats(), last.boxes().data().toFloats());
    }
  }

  void detectByPeer() {
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      TorchDino.Output last = peer.forward(peerImages, null, null, peerSelected, false).getLast();
      theirs = Flat.join(Torch.floats(last.logits()), Torch.floats(last.boxes()));
    }
  }

  void step() {
    step.step(
        () -> {
          if (ours == null) {
            ours = compared();
          }
        });
  }

  private float[] compared() {
    Flat flat = new Flat();
    int at = 0;
    for (Parameter parameter : detector.model().namedParameters().values()) {
      if (!parameter.frozen() && at++ % NetworkStep.STRIDE == 0) {
        flat.addDirection(parameter.grad().toFloats());
      }
    }
    return flat.values();
  }

  void stepByPeer() {
    try (PointerScope _ = new PointerScope()) {
      List<TorchDino.Output> outputs =
          peer.forward(peerImages, denoising, peerVisible, peerSelected, true);
      org.bytedeco.pytorch.Tensor total = null;
      for (int i = 0; i < outputs.size(); i++) {
        org.bytedeco.pytorch.Tensor part =
            outputs
                .get(i)
                .logits()
                .mul(peerGradients.get(2 * i))
                .sum()
                .add(outputs.get(i).boxes().mul(peerGradients.get(2 * i + 1)).sum());
        total = total == null ? part : total.add(part);
      }
      total.backward();
      if (theirs == null) {
        theirs = comparedOfPeer();
      }
      torch.clip_grad_norm_(peerParameters, NetworkStep.MAX_NORM);
      peerOptimizer.step();
      peerOptimizer.zero_grad();
    }
  }

  private float[] comparedOfPeer() {
    Flat flat = new Flat();
    int at = 0;
    for (Map.Entry<String, org.bytedeco.pytorch.Tensor> entry :
        peer.weights().trained().entrySet()) {
      if (at++ % NetworkStep.STRIDE == 0) {
        flat.addDirection(Torch.floats(entry.getValue().grad()));
      }
    }
    return flat.values();
  }

  float[] ours() {
    return ours;
  }

  float[] theirs() {
    return theirs;
  }
}
