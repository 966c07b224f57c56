package org.stabledino.bench.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.bench.Inputs;
import org.stabledino.bench.ModelCase;
import org.stabledino.bench.NamedShape;
import org.stabledino.bench.Scenes;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.Probe;
import org.stabledino.detection.model.TransformerConfig;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Our detector and its copy in libtorch on one image.
 *
 * <p>A step is: denoising queries (given), forward, the sum of all layers' and the encoder's logits
 * and boxes times given gradients, backward, the gradients' norm, clipping, AdamW with a rate of 0.
 * Matching and losses are on neither side. Every parameter is moved a little from its start, so
 * that none is zero; both decode the tokens that ours selects, since where two scores are almost
 * equal rounding decides; the copy makes its own selection too, and drops it.
 */
final class WholeModel {
  private static final float NOISE = 0.02f;
  private static final int OBJECTS = 5;
  private static final double MAX_NORM = 0.1;

  /** Gradients of every so many-th parameter are compared. */
  private static final int STRIDE = 7;

  private final ModelCase detector;
  private final DenoisingQueries denoising;
  private final List<Tensor> gradients = new ArrayList<>();
  private final AdamW optimizer;
  private final GradientClipping clipping = new GradientClipping(MAX_NORM);

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
    detector = ModelCase.of(shape);
    Inputs inputs = new Inputs();
    for (Parameter parameter : detector.model().namedParameters().values()) {
      move(inputs, parameter.data());
    }
    detector.model().notifyStateChanged();
    detector.model().train(training);
    denoising = training ? denoising(shape) : null;
    int[] selected = selected();
    for (int layer = 0; training && layer <= config().decoderLayers(); layer++) {
      boolean encoder = layer == config().decoderLayers();
      int queries = config().numQueries() + (encoder ? 0 : denoising.boxes().dim(1));
      gradients.add(inputs.uniform(1, queries, shape.get(3)));
      gradients.add(inputs.uniform(1, queries, 4));
    }
    optimizer =
        new AdamW(
            new ParameterGroup.Rule(0, 0.1, 0, ParameterGroup.Exempt.NORMS)
                .split(detector.model()));

    peer = new TorchDino(detector.model(), config(), shape.get(1), shape.get(2), training);
    peerImages = Torch.channelsLast(detector.images());
    long[] tokens = new long[selected.length];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = selected[i];
    }
    peerSelected = org.bytedeco.pytorch.Tensor.create(tokens);
    peerVisible = training ? Torch.copyBool(denoising.blocked()).logical_not() : null;
    peerGradients = gradients.stream().map(Torch::copy).toList();
    peerParameters =
        new TensorVector(peer.weights().trainedList().toArray(org.bytedeco.pytorch.Tensor[]::new));
    AdamWOptions options = new AdamWOptions(0);
    options.weight_decay().put(0);
    peerOptimizer = new org.bytedeco.pytorch.AdamW(peerParameters, options);
  }

  private TransformerConfig config() {
    return detector.config().transformer();
  }

  private static void move(Inputs inputs, Tensor parameter) {
    Tensor noise = inputs.between(-NOISE, NOISE, parameter.shape().dims());
    for (int i = 0; i < parameter.size(); i++) {
      parameter.floats()[parameter.offset() + i] += noise.floats()[noise.offset() + i];
    }
  }

  private DenoisingQueries denoising(NamedShape shape) {
    return DenoisingQueries.of(
        detector.config().denoising(),
        detector.config().numClasses(),
        config().numQueries(),
        new Scenes().batch(1, OBJECTS, shape.get(3)),
        DenoisingNoise.of(60, 0, new long[] {0}));
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
    try (Scope _ = Scope.open()) {
      ModelOutput output = detector.model().forward(detector.images(), detector.sizes(), denoising);
      List<Prediction> predictions = new ArrayList<>(output.layers());
      predictions.add(output.encoder());
      Variable total = null;
      for (int i = 0; i < predictions.size(); i++) {
        Variable part =
            Ops.add(
                product(predictions.get(i).logits(), gradients.get(2 * i)),
                product(predictions.get(i).boxes(), gradients.get(2 * i + 1)));
        total = total == null ? part : Ops.add(total, part);
      }
      total.backward();
      ours = compared();
      optimizer.step(1, clipping.measure(optimizer.parameters()).coefficient());
      detector.model().clearGrad();
      detector.model().notifyStateChanged();
    }
  }

  private static Variable product(Variable output, Tensor gradient) {
    return Ops.sum(Ops.mul(output, Variable.constant(gradient)));
  }

  private float[] compared() {
    Flat flat = new Flat();
    int at = 0;
    for (Parameter parameter : detector.model().namedParameters().values()) {
      if (!parameter.frozen() && at++ % STRIDE == 0) {
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
      theirs = comparedOfPeer();
      torch.clip_grad_norm_(peerParameters, MAX_NORM);
      peerOptimizer.step();
      peerOptimizer.zero_grad();
    }
  }

  private float[] comparedOfPeer() {
    Flat flat = new Flat();
    int at = 0;
    for (Map.Entry<String, org.bytedeco.pytorch.Tensor> entry :
        peer.weights().trained().entrySet()) {
      if (at++ % STRIDE == 0) {
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
