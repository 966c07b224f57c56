package org.stabledino.detection.engine;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.OptimizerConfig;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.losses.Criterion;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.losses.NonFiniteLossException;
import org.stabledino.detection.matching.UnstableScore;
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
import org.stabledino.nn.optim.AdamW;
import org.stabledino.nn.optim.ExponentialMovingAverage;
import org.stabledino.nn.optim.GradientClipping;
import org.stabledino.nn.optim.LearningRateSchedule;
import org.stabledino.nn.optim.ParameterGroup;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

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
  private final StableDino model;
  private final Criterion criterion;
  private final AdamW optimizer;
  private final List<Parameter> parameters;
  private final GradientClipping clipping;
  private final LearningRateSchedule schedule;
  private final ExponentialMovingAverage average;
  private long step;

  /** Fresh weights, by the configuration's seed. */
  TrainingState(RunConfig config) {
    this.config = config;
    OptimizerConfig settings = config.optimizer();
    model = ModelFile.build(config.model());
    model.initialize(Rng.of(config.train().seed()));
    criterion = Criterion.of(config.model());
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
   * @param samples the batch
   * @return what it measured
   * @throws NonFiniteLossException before anything changed
   */
  StepResult train(List<Sample> samples) {
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(samples);
      StableDinoConfig detector = config.model();
      DenoisingQueries denoising =
          DenoisingQueries.of(
              detector.denoising(),
              detector.numClasses(),
              detector.transformer().numQueries(),
              batch.targets(),
              DenoisingNoise.of(config.train().seed(), step, batch.imageIds()));
      ModelOutput output = model.forward(batch.images(), batch.sizes(), denoising);
      LossReport losses = criterion.forward(output, batch.targets());
      double total = losses.total().item();
      losses.total().backward();
      GradientClipping.Measured norm = clipping.measure(parameters);
      if (!Double.isFinite(norm.norm())) {
        model.clearGrad();
        throw new NonFiniteLossException(
            "gradient", norm.norm(), "the losses are finite but their gradient is not");
      }
      double multiplier = schedule.multiplier(step, config.train().steps());
      optimizer.step(multiplier, norm.coefficient());
      model.clearGrad();
      model.notifyStateChanged();
      if (average != null) {
        average.update();
      }
      step++;
      return new StepResult(
          step,
          total,
          losses.values(),
          norm.norm(),
          config.optimizer().learningRate() * multiplier,
          unstable(losses, batch));
    }
  }

  private static UnstableScore unstable(LossReport losses, Batch batch) {
    UnstableScore score = new UnstableScore(losses.matchings().getFirst().size());
    for (int i = 0; i < batch.size(); i++) {
      score.add(losses.matchings().get(i), batch.targets().get(i).count());
    }
    return score;
  }

  /** The weights a run delivers: the moving average where there is one. */
  Map<String, Tensor> weightsToKeep() {
    return average == null ? model.stateDict() : average.state();
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
      if (average != null) {
        try (SafeTensors averaged = SafeTensors.open(checkpoint.resolve(AVERAGE + ENDING))) {
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
