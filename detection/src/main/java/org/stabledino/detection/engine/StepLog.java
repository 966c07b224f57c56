package org.stabledino.detection.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import org.stabledino.tensor.HostMemory;

/**
 * Averages steps and writes a line of the metrics file every so many of them. The time of the first
 * step, in which classes are loaded and loops compiled, stands apart.
 */
final class StepLog {
  private final RunLog log;
  private final int every;
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private long[] changed = new long[0];
  private long[] seen = new long[0];
  private StepResult last;
  private int count;
  private long nanos;
  private long firstNanos;
  private boolean first = true;
  private CollectorTime collected = CollectorTime.now();

  StepLog(RunLog log, int every) {
    this.log = log;
    this.every = every;
  }

  /**
   * Counts a step; writes the line that it completes.
   *
   * @param result what it measured
   * @param took its time in nanoseconds, from asking for the batch to the update
   */
  void add(StepResult result, long took) {
    if (first) {
      firstNanos = took;
      first = false;
    } else {
      nanos += took;
    }
    sums.merge("loss", result.total(), Double::sum);
    result.losses().forEach((name, value) -> sums.merge(name, value, Double::sum));
    sums.merge("gradientNorm", result.gradientNorm(), Double::sum);
    addUnstable(result);
    last = result;
    count++;
    if (result.step() % every == 0) {
      flush();
    }
  }

  private void addUnstable(StepResult result) {
    int pairs = result.unstable().pairs();
    if (changed.length != pairs) {
      changed = new long[pairs];
      seen = new long[pairs];
    }
    for (int pair = 0; pair < pairs; pair++) {
      changed[pair] += result.unstable().changed(pair);
      seen[pair] += result.unstable().seen(pair);
    }
  }

  /** Writes the line of the steps since the last one, if there are any: the run stops here. */
  void flush() {
    if (count == 0) {
      return;
    }
    Map<String, Double> line = new LinkedHashMap<>();
    sums.forEach((name, sum) -> line.put(name, sum / count));
    line.put("learningRate", last.learningRate());
    for (int pair = 0; pair < changed.length; pair++) {
      if (seen[pair] > 0) {
        line.put("unstable_" + pair, 100.0 * changed[pair] / seen[pair]);
      }
    }
    if (firstNanos > 0) {
      line.put("firstStepSeconds", firstNanos * 1e-9);
    }
    int timed = firstNanos > 0 ? count - 1 : count;
    if (timed > 0) {
      line.put("secondsPerStep", nanos * 1e-9 / timed);
    }
    line.put("peakTensorMegabytes", HostMemory.peakTakenBytes() * 1e-6);
    HostMemory.resetPeak();
    CollectorTime now = CollectorTime.now();
    line.put("garbageCollectionPercent", now.percentSince(collected));
    collected = now;
    log.write(last.step(), line);
    nanos = 0;
    firstNanos = 0;
    sums.clear();
    changed = new long[0];
    seen = new long[0];
    count = 0;
  }
}
