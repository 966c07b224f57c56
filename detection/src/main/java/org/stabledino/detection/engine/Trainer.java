package org.stabledino.detection.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.config.TrainConfig;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.evaluation.CocoMetrics;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.MetricsJson;
import org.stabledino.detection.losses.NonFiniteLossException;
import org.stabledino.nn.weights.LoadReport;
import org.stabledino.nn.weights.Policy;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.profile.Profile;

/**
 * A training run: steps, evaluations and checkpoints until the end, a stop signal or a loss that is
 * not finite. Whatever ends it, the run can go on from its last checkpoint, bit for bit.
 */
public final class Trainer {
  /** Key of the step count in a checkpoint's header. */
  static final String STEP = "step";

  private static final String BEST = "best";

  /** Key in a checkpoint's header: whether an evaluation was due and did not come to its end. */
  private static final String PENDING = "evaluationPending";

  /** What a disk is expected to take until the first checkpoint has shown it. */
  private static final double SAVED_BYTES_PER_SECOND = 50e6;

  /** Weights, two moments and the moving average. */
  private static final int SAVED_BYTES_PER_PARAMETER = 16;

  private final RunConfig config;
  private final DataSource training;
  private final Optional<DataSource> validation;
  private final RunFolder folder;
  private final RunListener listener;
  private final List<Category> categories;
  private final TrainingState state;
  private final Checkpoints checkpoints;
  private double bestAp = -1;
  private CocoMetrics lastMetrics;
  private boolean evaluationPending;
  private final Pace pace;
  private Profiling profiling = Profiling.NONE;

  /**
   * A run from fresh weights on the CPU.
   *
   * @param config what to do
   * @param training pictures to learn from
   * @param validation pictures to evaluate on; none to do without
   * @param folder where the run keeps its things; made by {@link #run}
   * @param listener hears how it goes
   */
  public Trainer(
      RunConfig config,
      DataSource training,
      Optional<DataSource> validation,
      RunFolder folder,
      RunListener listener) {
    this(config, training, validation, folder, listener, Device.CPU);
  }

  /**
   * A run from fresh weights on a device.
   *
   * @param config what to do
   * @param training pictures to learn from
   * @param validation pictures to evaluate on; none to do without
   * @param folder where the run keeps its things; made by {@link #run}
   * @param listener hears how it goes
   * @param device where to compute
   */
  public Trainer(
      RunConfig config,
      DataSource training,
      Optional<DataSource> validation,
      RunFolder folder,
      RunListener listener,
      Device device) {
    this.config = config;
    this.training = training;
    this.validation = validation;
    this.folder = folder;
    this.listener = listener;
    this.categories = training.dataset().categories();
    this.checkpoints = new Checkpoints(folder.root(), config.train().keepCheckpoints());
    int classes = config.model().numClasses();
    if (classes != categories.size()) {
      throw new UserException(
          "the model has %d classes, %s lists %d categories; leave model.numClasses out"
              .formatted(classes, training.dataset().file(), categories.size()));
    }
    this.state = new TrainingState(config, device);
    this.pace =
        new Pace(
            Math.round(
                1e9
                    * SAVED_BYTES_PER_PARAMETER
                    * state.model().parameterCount()
                    / SAVED_BYTES_PER_SECOND));
  }

  /** How a run ended. */
  public enum Outcome {
    /** All steps are done. */
    FINISHED,
    /** The stop signal came; everything is saved. */
    STOPPED,
    /** The deadline is near; everything is saved. */
    OUT_OF_TIME
  }

  /**
   * Starts from published weights: a detector, or a backbone with the rest as it was initialised.
   *
   * @param weights a file of weights, or the folder of a run
   * @param policy what may differ
   * @return what became of every tensor
   */
  public LoadReport startFrom(Path weights, Policy policy) {
    return state.start(ModelFile.locate(weights), policy);
  }

  /**
   * Goes on from the newest checkpoint in the run's folder.
   *
   * @return the steps that are done
   * @throws UserException if there is no checkpoint, or it is beyond the last step
   */
  public long resume() {
    Path checkpoint =
        checkpoints
            .latest()
            .orElseThrow(
                () ->
                    new UserException(
                        "%s holds no checkpoint to resume from: leave 'resume' out to start anew"
                            .formatted(folder.root())));
    Map<String, String> metadata = state.load(checkpoint, training.dataset());
    bestAp = best(checkpoint, metadata.getOrDefault(BEST, "-1"));
    evaluationPending = Boolean.parseBoolean(metadata.getOrDefault(PENDING, "false"));
    if (state.step() > config.train().steps()) {
      throw new UserException(
          "%s is at step %d, beyond train.steps=%d: raise that"
              .formatted(checkpoint, state.step(), config.train().steps()));
    }
    return state.step();
  }

  private static double best(Path checkpoint, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException damaged) {
      throw new UserException(
          "%s: the header's best AP '%s' is no number; remove this folder to resume from the one before"
              .formatted(checkpoint, text),
          damaged);
    }
  }

  /**
   * Measures the steps to come.
   *
   * @return the measurement, which {@link #run} fills
   */
  public Profiling profile() {
    profiling = Profiling.of(state.model(), config.train().steps() - state.step());
    return profiling;
  }

  /**
   * Trains to the end, however long it takes.
   *
   * @param stop asked after each step
   * @return how it ended
   * @throws UserException if a loss becomes NaN or infinite; the last checkpoint is kept
   */
  public Outcome run(StopSignal stop) {
    return run(stop, Deadline.NONE);
  }

  /**
   * Trains to the end or to the last step that leaves enough time for a checkpoint.
   *
   * @param stop asked after each step
   * @param deadline when everything has to be saved
   * @return how it ended
   * @throws UserException if a loss becomes NaN or infinite; the last checkpoint is kept
   */
  public Outcome run(StopSignal stop, Deadline deadline) {
    TrainConfig train = config.train();
    try (PrefetchLoader<List<Sample>> batches =
        Pictures.training(training, config.data(), train, state.step())) {
      if (batches.hasNext()) {
        // A picture that cannot be used ends the run here, before anything is written.
        batches.peek();
      }
      folder.writeConfig(config.flatten());
      return run(batches, stop, deadline);
    }
  }

  private Outcome run(PrefetchLoader<List<Sample>> batches, StopSignal stop, Deadline deadline) {
    TrainConfig train = config.train();
    CollectorTime begin = CollectorTime.now();
    BooleanSupplier stopping = () -> stop.requested() || deadline.within(pace.reserve());
    LossSpikes spikes = new LossSpikes(folder.spikes(), state.step());
    try (RunLog log = RunLog.open(folder, state.step(), train.tensorBoard())) {
      if (evaluationPending) {
        evaluate(log, stopping);
        if (evaluationPending) {
          return stoppedInEvaluation(stop);
        }
        save();
      }
      StepLog steps = new StepLog(log, train.logEvery());
      while (state.step() < train.steps()) {
        long start = System.nanoTime();
        List<Sample> samples;
        StepResult result;
        try (Profile.Recording _ = profiling.next()) {
          samples = next(batches);
          result = step(samples, batches);
        }
        long took = System.nanoTime() - start;
        pace.stepped(took);
        steps.add(result, took);
        spikes.add(result, samples).ifPresent(listener::message);
        listener.stepped(
            new RunListener.Step(
                state.step(),
                train.steps(),
                result.total(),
                result.learningRate(),
                pace.left(state.step(), train)));
        boolean last = state.step() == train.steps();
        boolean evaluates =
            last || (train.evaluateEvery() > 0 && state.step() % train.evaluateEvery() == 0);
        if (evaluates && validation.isPresent()) {
          // Saved before: what may fail in an evaluation must not cost the steps.
          evaluationPending = true;
          save();
          evaluate(log, stopping);
        }
        boolean leaving = evaluationPending || (!last && stopping.getAsBoolean());
        if (evaluates || leaving || state.step() % train.checkpointEvery() == 0) {
          save();
        }
        if (leaving) {
          steps.flush();
          return stopped(stop);
        }
      }
    }
    ModelFile.write(folder.model(), state.weightsToKeep(), config, categories);
    if (!pace.summary().isEmpty()) {
      listener.message(pace.summary() + "; " + begin.summary());
    }
    return Outcome.FINISHED;
  }

  /** A start that has time for no more than a part of an evaluation would come back for ever. */
  private static Outcome stoppedInEvaluation(StopSignal stop) {
    if (!stop.requested()) {
      throw new UserException(
          "the time limit is too short for the evaluation that comes next: give more, or evaluate on fewer images");
    }
    return Outcome.STOPPED;
  }

  private static Outcome stopped(StopSignal stop) {
    return stop.requested() ? Outcome.STOPPED : Outcome.OUT_OF_TIME;
  }

  /** The next batch; where a picture cannot be used, the steps before it are saved first. */
  private List<Sample> next(PrefetchLoader<List<Sample>> batches) {
    try (Profile.Visit _ = Profile.phase("waiting for data")) {
      return batches.next();
    } catch (UserException failure) {
      if (state.step() > 0) {
        save();
      }
      throw failure;
    }
  }

  private StepResult step(List<Sample> samples, PrefetchLoader<List<Sample>> batches) {
    try {
      return state.train(samples, batches::ready);
    } catch (NonFiniteLossException failure) {
      String ids =
          samples.stream().map(sample -> Long.toString(sample.imageId())).toList().toString();
      NonFiniteReport.write(folder.nonFinite(), state.step(), samples, failure);
      throw new UserException(
          "step %d: %s, on the images %s; the run has stopped and its last checkpoint is kept (see %s): lower optimizer.learningRate, or look at these images"
              .formatted(state.step() + 1, failure.getMessage(), ids, folder.nonFinite()),
          failure);
    }
  }

  /** Evaluates; the evaluation stays pending if it had to stop before it was done. */
  private void evaluate(RunLog log, BooleanSupplier stopping) {
    if (validation.isEmpty()) {
      evaluationPending = false;
      return;
    }
    long start = System.nanoTime();
    Optional<Evaluation.Result> finished =
        state.withWeightsToKeep(
            model -> Evaluation.run(model, config, validation.get(), listener, stopping));
    evaluationPending = finished.isEmpty();
    if (evaluationPending) {
      return;
    }
    pace.evaluated(System.nanoTime() - start);
    Evaluation.Result result = finished.get();
    CocoMetrics metrics = result.metrics();
    lastMetrics = metrics;
    Map<String, Double> figures = new LinkedHashMap<>();
    metrics.figures().forEach((name, value) -> figures.put("val/" + name, value));
    log.write(state.step(), figures);
    MetricsJson.write(folder.metrics(), metrics);
    CocoResults.write(folder.detections(), result.detections());
    double ap = metrics.figures().get("AP");
    if (ap > bestAp) {
      bestAp = ap;
      ModelFile.write(folder.best(), state.weightsToKeep(), config, categories);
    }
    listener.evaluated(state.step(), metrics);
  }

  private void save() {
    long start = System.nanoTime();
    Map<String, String> metadata = ModelHeader.metadata(config, categories);
    metadata.put(STEP, Long.toString(state.step()));
    metadata.put(BEST, Double.toString(bestAp));
    metadata.put(PENDING, Boolean.toString(evaluationPending));
    checkpoints.save(state.step(), state.files(), metadata);
    pace.saved(System.nanoTime() - start);
  }

  /**
   * Whether a resumed run has nothing left to do: all steps and evaluations are done, and weights
   * and report are there.
   *
   * @return true if so
   */
  public boolean finished() {
    return state.step() >= config.train().steps()
        && !evaluationPending
        && Files.exists(folder.model())
        && Files.exists(folder.page());
  }

  /**
   * The steps done so far.
   *
   * @return from 0
   */
  public long step() {
    return state.step();
  }

  /**
   * The number of trained values.
   *
   * @return elements of all parameters that are not frozen
   */
  public long parameterCount() {
    return state.model().parameterCount();
  }

  /**
   * The figures of the last evaluation.
   *
   * @return null before the first
   */
  public CocoMetrics lastMetrics() {
    return lastMetrics;
  }
}
