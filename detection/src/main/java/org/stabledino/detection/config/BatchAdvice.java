package org.stabledino.detection.config;

import java.util.Locale;
import java.util.Optional;

/**
 * What a batch of another size than the recipe's asks for. The published recipe is for 16 images a
 * step; fewer give noisier gradients, which want smaller steps and more of them.
 */
public final class BatchAdvice {
  private BatchAdvice() {}

  /**
   * A line for a run that changes the batch and keeps the rate.
   *
   * @param run the run's settings
   * @return nothing if the batch is the recipe's, or the learning rate was chosen too
   */
  public static Optional<String> of(RunConfig run) {
    RunConfig recipe = Preset.of(run.preset()).settings(run.model().numClasses());
    int batch = run.train().batchSize();
    double rate = run.optimizer().learningRate();
    double factor = (double) batch / recipe.train().batchSize();
    if (factor == 1 || rate != recipe.optimizer().learningRate()) {
      return Optional.empty();
    }
    String steps =
        run.train().steps() == recipe.train().steps()
            ? "; for as many images, train.steps=" + Math.round(run.train().steps() / factor)
            : "";
    return Optional.of(
        String.format(
            Locale.ROOT,
            "train.batchSize=%d, the recipe has %d: its optimizer.learningRate=%.3g scales to %.3g (linear) or %.3g (square root, usual for Adam)%s",
            batch,
            recipe.train().batchSize(),
            rate,
            rate * factor,
            rate * Math.sqrt(factor),
            steps));
  }
}
