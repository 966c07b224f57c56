package org.stabledino.detection.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.stabledino.autograd.Checkpointing;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.OptimizerConfig;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.config.TrainConfig.Amp;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.losses.NonFiniteLossException;
import org.stabledino.detection.model.DenoisingNoise;
import org.stabledino.detection.model.DenoisingQueries;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.init.Rng;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.ExponentialMovingAverage;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.LearningRateSchedule;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.nn.weights.LoadReport;
import org.stabledino.nn.weights.Policy;
import org.stabledino.nn.weights.Weights;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.MixedPrecision;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;

/**
 * Everything that changes from step to step, and how: the weights, what the optimiser remembers,
 * the moving average, the step count. Random draws are functions of (seed, step), so this is all a
 * run needs to go on bit for bit.
 */
final class TrainingState {
  private static final String MODEL = "model";
  private static final String OPTIMIZER = "optimizer";
  private static final String AVERAGE = "ema";
  private static final String ENDING = ".safetensors";

  private final RunConfig config;
  private final boolean mixedPrecision;
  private final StableDino model;
  private final Criterion criterion;
  private final AdamW optimizer;
  private final List<Parameter> parameters;
  private final GradientClipping clipping;
  private final LearningRateSchedule schedule;
  private final ExponentialMovingAverage average;
  private final BatchAhead ahead;
  private long step;

  /** Fresh weights on the CPU, by the configuration's seed. */
  TrainingState(RunConfig config) {
    this(config, Device.CPU);
  }

  /** Fresh weights, by the configuration's seed: the same wherever they compute. */
  TrainingState(RunConfig config, Device device) {
    this.config = config;
    mixedPrecision = config.train().amp() == Amp.BF16;
    if (mixedPrecision && !Backend.of(device).mixedPrecision()) {
      throw new UserException(
          "train.amp=bf16 needs a GPU and cuBLAS: give --device cuda (./stable-dino doctor says what is missing), or train.amp=off");
    }
    OptimizerConfig settings = config.optimizer();
    model = ModelFile.build(config.model());
    model.initialize(Rng.of(config.train().seed()));
    model.to(device);
    criterion = Criterion.of(config.model());
    ahead = new BatchAhead(device);
    optimizer =
        new AdamW(
            new ParameterGroup.Rule(
                    settings.learningRate(),
                    settings.backboneFactor(),
                    settings.weightDecay(),
                    switch (settings.noDecay()) {
                      case NORMS -> ParameterGroup.Exempt.NORMS;
                      case VECTORS -> ParameterGroup.Exempt.VECTORS;
                    })
                .split(model),
            (float) settings.beta1(),
            (float) settings.beta2(),
            (float) settings.eps());
    parameters = optimizer.parameters();
    clipping = new GradientClipping(settings.clipNorm());
    schedule = schedule(settings, config.train().steps());
    average =
        config.train().emaDecay() > 0
            ? new ExponentialMovingAverage(model, config.train().emaDecay())
            : null;
  }

  private static LearningRateSchedule schedule(OptimizerConfig settings, long steps) {
    LearningRateSchedule main =
        switch (settings.schedule()) {
          case CONSTANT -> LearningRateSchedule.constant();
          case COSINE -> LearningRateSchedule.cosine(settings.floor());
          case MULTI_STEP ->
              LearningRateSchedule.multiStep(
                  IntStream.rangeClosed(0, settings.milestones().size())
                      .mapToObj(drops -> Math.pow(0.1, drops))
                      .toList(),
                  settings.milestones().stream().map(at -> Math.round(at * steps)).toList(),
                  steps);
        };
    return main.withWarmup((double) settings.warmupSteps() / steps, 0.001);
  }

  /** The steps done. */
  long step() {
    return step;
  }

  /** The network. */
  StableDino model() {
    return model;
  }

  /**
   * One optimiser step; the memory it took is free again when it returns.
   *
   * <p>A GPU is waited for twice: for the costs of the matching, and, when all is queued, for the
   * losses and the gradient's norm. If one of these is not finite, the update has changed nothing.
   *
   * @param samples the batch
   * @return what it measured
   * @throws NonFiniteLossException and everything is as it was before
   */
  StepResult train(List<Sample> samples) {
    return train(samples, Optional::empty);
  }

  /**
   * One optimiser step; meanwhile a GPU is brought the pictures of the next.
   *
   * @param samples the batch
   * @param next asked for the next batch, which may not be known yet, when all is queued
   * @return what it measured
   * @throws NonFiniteLossException and everything is as it was before
   */
  StepResult train(List<Sample> samples, Supplier<Optional<List<Sample>>> next) {
    try (Scope _ = Scope.open()) {
      BatchLosses losses = differentiate(samples);
      try (Profile.Visit _ = Profile.phase("update")) {
        return update(losses, next);
      }
    }
  }

  private StepResult update(BatchLosses losses, Supplier<Optional<List<Sample>>> next) {
    GradientClipping.Queued clip = clipping.queue(parameters, losses.total());
    double multiplier = schedule.multiplier(step, config.train().steps());
    optimizer.step(multiplier, clip.coefficient());
    model.clearGrad();
    model.notifyStateChanged();
    if (average != null) {
      updateAverage(clip.coefficient());
    }
    next.get()
        .ifPresent(
            samples ->
                ahead.bring(
                    samples.subList(0, samples.size() / parts(samples)),
                    Batch.height(samples),
                    Batch.width(samples)));
    BatchLosses.Numbers numbers;
    double norm;
    try {
      numbers = losses.read(List.of(clip.sumOfSquares()));
      norm = GradientClipping.Queued.norm(numbers.beside().getFirst());
      requireFinite("loss", numbers.total(), "the losses are finite but their sum is not");
      requireFinite("gradient", norm, "the losses are finite but their gradient is not");
    } catch (NonFiniteLossException failure) {
      optimizer.takeBack();
      throw failure;
    }
    step++;
    return new StepResult(
        step,
        numbers.total(),
        numbers.values(),
        norm,
        config.optimizer().learningRate() * multiplier,
        losses.unstable());
  }

  private static void requireFinite(String what, double value, String hint) {
    if (!Double.isFinite(value)) {
      throw new NonFiniteLossException(what, value, hint);
    }
  }

  /**
   * Computes the losses of a batch and leaves their gradients in the parameters, part by part. A
   * part is padded, normalised and given denoising queries as the whole batch would be, so that the
   * sum over the parts is what the whole batch gives, up to rounding.
   *
   * @throws NonFiniteLossException and leaves no gradients
   */
  BatchLosses differentiate(List<Sample> samples) {
    int parts = parts(samples);
    BatchLosses losses = new BatchLosses();
    try {
      for (int part = 0; part < parts; part++) {
        differentiate(
            samples, part * samples.size() / parts, (part + 1) * samples.size() / parts, losses);
      }
    } catch (NonFiniteLossException failure) {
      model.clearGrad();
      throw failure;
    }
    return losses;
  }

  /** In how many parts a batch is computed. */
  private int parts(List<Sample> samples) {
    return Math.min(config.train().accumulate(), samples.size());
  }

  /** The part of a batch from one sample to before another. */
  private void differentiate(List<Sample> samples, int from, int to, BatchLosses losses) {
    StableDinoConfig detector = config.model();
    int boxes = samples.stream().mapToInt(sample -> sample.labels().length).sum();
    int most = samples.stream().mapToInt(sample -> sample.labels().length).max().orElseThrow();
    try (Scope scope = Scope.open();
        Checkpointing _ = Checkpointing.set(config.train().activationCheckpointing());
        MixedPrecision _ = MixedPrecision.set(mixedPrecision)) {
      Batch part;
      DenoisingQueries denoising;
      ModelOutput output;
      LossReport report;
      try (Profile.Visit _ = Profile.phase("batch")) {
        part = ahead.take(samples.subList(from, to), Batch.height(samples), Batch.width(samples));
        denoising =
            DenoisingQueries.of(
                detector.denoising(),
                detector.numClasses(),
                detector.transformer().numQueries(),
                part.targets(),
                most,
                DenoisingNoise.of(config.train().seed(), step, part.imageIds()));
        model.randomness(Rng.of(config.train().seed()).child("stochastic depth").child(step), from);
      }
      try (Profile.Visit _ = Profile.phase("forward")) {
        output = model.forward(part.images(), part.sizes(), denoising);
      }
      try (Profile.Visit _ = Profile.phase("losses")) {
        report = criterion.forward(output, part.targets(), boxes);
      }
      try (Profile.Visit _ = Profile.phase("backward")) {
        report.total().backward();
      }
      losses.add(report, part, scope);
    }
  }

  private void updateAverage(Tensor coefficient) {
    if (config.train().emaWarmup()) {
      average.updateWarmingUp(step, coefficient);
    } else {
      average.update(coefficient);
    }
  }

  /**
   * The weights a run delivers: the moving average where there is one. The heads, which model and
   * decoder share, appear under all of their official names, as the published code expects them.
   */
  Map<String, Tensor> weightsToKeep() {
    Map<String, Tensor> weights = average == null ? model.stateDict() : average.state();
    model.parameterAliases().forEach((alias, path) -> weights.put(alias, weights.get(path)));
    return weights;
  }

  /** Does something with the model while it holds {@link #weightsToKeep}. */
  <T> T withWeightsToKeep(Function<StableDino, T> action) {
    if (average == null) {
      return action.apply(model);
    }
    try (ExponentialMovingAverage.Applied _ = average.apply()) {
      return action.apply(model);
    }
  }

  /**
   * Starts from published weights instead of random ones.
   *
   * @param weights a detector or a backbone
   * @param policy what may differ
   */
  LoadReport start(Path weights, Policy policy) {
    LoadReport report = Weights.load(model, weights, policy);
    if (average != null) {
      average.loadState(TensorSource.of("the model", model.stateDict()));
    }
    return report;
  }

  /** What a checkpoint holds, by file. */
  Map<String, Map<String, Tensor>> files() {
    Map<String, Map<String, Tensor>> files = new LinkedHashMap<>();
    files.put(MODEL, model.stateDict());
    files.put(OPTIMIZER, optimizer.state());
    if (average != null) {
      files.put(AVERAGE, average.state());
    }
    return files;
  }

  /**
   * Takes over a checkpoint's state; returns the text in its header.
   *
   * @param checkpoint the folder
   * @param dataset must have the categories of the data set the checkpoint was trained on
   */
  Map<String, String> load(Path checkpoint, CocoDataset dataset) {
    Path weights = checkpoint.resolve(MODEL + ENDING);
    try (SafeTensors file = SafeTensors.open(weights)) {
      ModelHeader header = ModelHeader.of(weights, file.metadata());
      ModelHeader.requireSame("the checkpoint " + checkpoint, header.categories(), dataset);
      StateDicts.load(model, file, Strictness.STRICT);
      step = steps(weights, file.metadata().get(Trainer.STEP));
      Path stored = checkpoint.resolve(AVERAGE + ENDING);
      if (Files.exists(stored) != (average != null)) {
        throw new UserException(
            "%s: the run was started %s a moving average of the weights: leave train.emaDecay as it was"
                .formatted(checkpoint, average == null ? "with" : "without"));
      }
      if (average != null) {
        try (SafeTensors averaged = SafeTensors.open(stored)) {
          average.loadState(averaged);
        }
      }
      try (SafeTensors moments = SafeTensors.open(checkpoint.resolve(OPTIMIZER + ENDING))) {
        optimizer.loadState(moments);
      }
      return Map.copyOf(file.metadata());
    }
  }

  private static long steps(Path file, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException damaged) {
      throw new UserException(
          "%s: the header's step '%s' is no number; remove this checkpoint's folder to resume from the one before"
              .formatted(file, text),
          damaged);
    }
  }
}
