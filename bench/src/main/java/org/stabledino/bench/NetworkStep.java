package org.stabledino.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.detection.model.Probe;
import org.stabledino.detection.model.TransformerConfig;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * The part of a training step that any library can do alike: forward with denoising queries, the
 * sum of all layers' and the encoder's logits and boxes times given gradients, backward, clipping,
 * AdamW with a rate of 0. Matching and losses are not part of it.
 *
 * <p>Every parameter is moved a little from its start, so that none is zero.
 */
public final class NetworkStep {
  private static final float NOISE = 0.02f;
  private static final int OBJECTS = 5;

  /** What gradients are clipped to. */
  public static final double MAX_NORM = 0.1;

  /** Gradients of every so many-th parameter are compared with a peer's. */
  public static final int STRIDE = 7;

  private final ModelCase detector;
  private final DenoisingQueries denoising;
  private final List<Tensor> gradients = new ArrayList<>();
  private final AdamW optimizer;
  private final GradientClipping clipping = new GradientClipping(MAX_NORM);

  /**
   * The model, its optimiser, a batch and gradients.
   *
   * @param shape see {@link ModelCase#of}
   * @param device where the step runs
   */
  public NetworkStep(NamedShape shape, Device device) {
    detector = ModelCase.of(shape);
    Inputs inputs = new Inputs();
    for (Parameter parameter : detector.model().namedParameters().values()) {
      Tensor noise = inputs.between(-NOISE, NOISE, parameter.shape().dims());
      Tensor data = parameter.data();
      for (int i = 0; i < data.size(); i++) {
        data.floats()[data.offset() + i] += noise.floats()[noise.offset() + i];
      }
    }
    detector.model().notifyStateChanged();
    detector.model().to(device);
    int batch = shape.get(0);
    denoising =
        DenoisingQueries.of(
            detector.config().denoising(),
            detector.config().numClasses(),
            config().numQueries(),
            new Scenes().batch(batch, OBJECTS, shape.get(3)),
            DenoisingNoise.of(60, 0, LongStream.range(0, batch).toArray()));
    Inputs there = new Inputs(device);
    for (int layer = 0; layer <= config().decoderLayers(); layer++) {
      boolean encoder = layer == config().decoderLayers();
      int queries = config().numQueries() + (encoder ? 0 : denoising.boxes().dim(1));
      gradients.add(there.uniform(batch, queries, shape.get(3)));
      gradients.add(there.uniform(batch, queries, 4));
    }
    optimizer =
        new AdamW(
            new ParameterGroup.Rule(0, 0.1, 0, ParameterGroup.Exempt.NORMS)
                .split(detector.model()));
  }

  private TransformerConfig config() {
    return detector.config().transformer();
  }

  /**
   * The model, and the images it sees.
   *
   * @return in training mode
   */
  public ModelCase detector() {
    return detector;
  }

  /**
   * The denoising queries of each step.
   *
   * @return of all images
   */
  public DenoisingQueries denoising() {
    return denoising;
  }

  /**
   * What outputs are multiplied by.
   *
   * @return for each decoder layer, then for the encoder: of the logits [B, Q, classes], of the
   *     boxes [B, Q, 4]
   */
  public List<Tensor> gradients() {
    return gradients;
  }

  /** One step; returns the sum that is differentiated. */
  float step() {
    return step(() -> {});
  }

  /**
   * One step.
   *
   * @param differentiated called when parameters have their gradients, before they are used
   * @return the sum that is differentiated
   */
  public float step(Runnable differentiated) {
    try (Scope _ = Scope.open()) {
      Variable total = total(predictions(Probe.NONE));
      total.backward();
      differentiated.run();
      optimizer.step(1, clipping.queue(optimizer.parameters(), total.data()).coefficient());
      detector.model().clearGrad();
      detector.model().notifyStateChanged();
      return total.item();
    }
  }

  /** Of all decoder layers in order, and last of the encoder. */
  private List<Prediction> predictions(Probe probe) {
    ModelOutput output =
        detector.model().observe(detector.images(), detector.sizes(), denoising, probe);
    List<Prediction> predictions = new ArrayList<>(output.layers());
    predictions.add(output.encoder());
    return predictions;
  }

  private Variable total(List<Prediction> predictions) {
    Variable total = null;
    for (int i = 0; i < predictions.size(); i++) {
      Variable part =
          Ops.add(
              product(predictions.get(i).logits(), gradients.get(2 * i)),
              product(predictions.get(i).boxes(), gradients.get(2 * i + 1)));
      total = total == null ? part : Ops.add(total, part);
    }
    return total;
  }

  private static Variable product(Variable output, Tensor gradient) {
    return Ops.sum(Ops.mul(output, Variable.constant(gradient)));
  }

  /**
   * Writes what a peer needs to do the same step, and what must come out: {@code weight.PATH},
   * {@code images} [B, H, W, 3], {@code denoising.*}, {@code selected} [B, Q], which tokens to
   * decode (where two scores are almost equal rounding decides), {@code given.logits.I} and {@code
   * .boxes.I}, the gradients of layer I; {@code expected.logits.I} and {@code .boxes.I}, {@code
   * expected.grad.PATH} of some parameters.
   */
  void write(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("heads", Integer.toString(config().heads()));
    metadata.put("points", Integer.toString(config().points()));
    metadata.put("encoderLayers", Integer.toString(config().encoderLayers()));
    metadata.put("decoderLayers", Integer.toString(config().decoderLayers()));
    metadata.put("normGroups", Integer.toString(config().normGroups()));
    List<String> trained = new ArrayList<>();
    detector.model().namedBuffers().forEach((path, data) -> tensors.put("weight." + path, data));
    for (Map.Entry<String, Parameter> entry : detector.model().namedParameters().entrySet()) {
      tensors.put("weight." + entry.getKey(), entry.getValue().data());
      if (!entry.getValue().frozen()) {
        trained.add(entry.getKey());
      }
    }
    metadata.put("trained", String.join("\n", trained));
    tensors.put("images", detector.images());
    tensors.put("denoising.labels", denoising.labels());
    tensors.put("denoising.filled", denoising.filled());
    tensors.put("denoising.boxes", denoising.boxes());
    tensors.put("denoising.blocked", denoising.blocked());
    try (Scope _ = Scope.open()) {
      List<Prediction> predictions =
          predictions(
              new Probe() {
                @Override
                public void selected(Levels levels, Tensor tokens, Tensor boxes) {
                  tensors.put("selected", tokens.to(Device.CPU).copy());
                }
              });
      for (int i = 0; i < predictions.size(); i++) {
        tensors.put("given.logits." + i, gradients.get(2 * i));
        tensors.put("given.boxes." + i, gradients.get(2 * i + 1));
        tensors.put("expected.logits." + i, copy(predictions.get(i).logits()));
        tensors.put("expected.boxes." + i, copy(predictions.get(i).boxes()));
      }
      total(predictions).backward();
      for (int i = 0; i < trained.size(); i += STRIDE) {
        String path = trained.get(i);
        tensors.put("expected.grad." + path, detector.model().namedParameters().get(path).grad());
      }
      SafeTensors.write(file, tensors, metadata);
      detector.model().clearGrad();
    }
  }

  /** On the CPU; the pass backward gives the output's own memory back. */
  private static Tensor copy(Variable output) {
    return output.data().to(Device.CPU).copy();
  }
}
