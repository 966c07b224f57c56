package org.stabledino.detection.engine;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.stabledino.detection.data.Sample;

/**
 * Steps whose loss is far above what the steps before them had, kept with their images for a look:
 * {@code spikes.jsonl}, one JSON object a line. A wrong annotation often shows here first.
 */
final class LossSpikes {
  private static final int WINDOW = 101;

  /** Steps that must be known before one is compared with them. */
  private static final int ENOUGH = 20;

  private static final double FACTOR = 4;

  private final Path file;
  private final double[] window = new double[WINDOW];
  private long steps;

  /**
   * The spikes of a run.
   *
   * @param file where they are noted
   * @param step notes of later steps are dropped
   */
  LossSpikes(Path file, long step) {
    this.file = file;
    JsonLines.dropAfter(file, step);
  }

  /**
   * Looks at a step and notes it if it is a spike.
   *
   * @param result what the step measured
   * @param samples its batch
   * @return a line for the user if it is a spike
   */
  Optional<String> add(StepResult result, List<Sample> samples) {
    double median = median();
    window[(int) (steps % WINDOW)] = result.total();
    boolean spike = steps++ >= ENOUGH && result.total() > FACTOR * median;
    if (!spike) {
      return Optional.empty();
    }
    JsonLines.append(
        file,
        json -> {
          json.writeNumberProperty("step", result.step());
          json.writeNumberProperty("loss", result.total());
          json.writeNumberProperty("median", median);
          json.writeNumberProperty("gradientNorm", result.gradientNorm());
          SampleJson.write(json, samples);
        });
    return Optional.of(
        String.format(
            Locale.ROOT,
            "step %d: the loss is %.1f, the median of the steps before %.1f; its images are in %s",
            result.step(),
            result.total(),
            median,
            file));
  }

  private double median() {
    double[] known = Arrays.copyOf(window, (int) Math.min(steps, WINDOW));
    Arrays.sort(known);
    return known.length == 0 ? 0 : known[known.length / 2];
  }
}
