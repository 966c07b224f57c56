package org.stabledino.detection.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.stabledino.detection.tensorboard.EventFile;

/** Where a run's numbers go: the metrics file, and TensorBoard's where it is asked for. */
final class RunLog implements AutoCloseable {
  private final MetricsLog metrics;
  private final Optional<EventFile> events;

  private RunLog(MetricsLog metrics, Optional<EventFile> events) {
    this.metrics = metrics;
    this.events = events;
  }

  /**
   * Opens the logs of a run.
   *
   * @param folder the run's
   * @param step the steps done; what the logs say of later ones is dropped
   * @param tensorBoard whether TensorBoard's files are written too
   */
  static RunLog open(RunFolder folder, long step, boolean tensorBoard) {
    MetricsLog metrics = MetricsLog.open(folder.log(), step);
    return new RunLog(
        metrics,
        tensorBoard ? Optional.of(EventFile.create(folder.tensorBoard(), step)) : Optional.empty());
  }

  /**
   * Writes numbers that belong to a step.
   *
   * @param step the step
   * @param numbers value by name
   */
  void write(long step, Map<String, Double> numbers) {
    metrics.write(step, numbers);
    if (events.isPresent()) {
      Map<String, Double> tagged = new LinkedHashMap<>();
      numbers.forEach((name, value) -> tagged.put(tag(name), value));
      events.get().scalars(step, tagged);
    }
  }

  /** TensorBoard groups by what stands before the slash. */
  private static String tag(String name) {
    return name.contains("/") ? name : (name.startsWith("loss_") ? "losses/" : "train/") + name;
  }

  @Override
  public void close() {
    events.ifPresent(EventFile::close);
  }
}
