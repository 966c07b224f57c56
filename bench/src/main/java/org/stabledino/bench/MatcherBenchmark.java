package org.stabledino.bench;

import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.MatchingConfig;

/**
 * The matcher of one head: the costs of all pairs of query and target, then the assignment.
 *
 * <p>A training step calls it once for every decoder layer and once for the encoder. Compare with
 * {@link LinearAssignmentBenchmark} to see which half takes the time.
 */
public class MatcherBenchmark extends Workload {
  /** B x queries, classes, targets of each image. */
  @Param({
    "small 2x50 classes 6 targets 5",
    "r50.usual 2x900 classes 80 targets 8",
    "r50.crowded 2x900 classes 80 targets 60"
  })
  public String shape;

  private HungarianMatcher matcher;
  private Predictions predictions;
  private List<Targets> targets;

  /** A benchmark without state yet. */
  public MatcherBenchmark() {}

  /** Draws predictions and targets. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    Inputs inputs = new Inputs();
    matcher = new HungarianMatcher(MatchingConfig.STABLE);
    targets = new Scenes().batch(s.get(0), s.get(3), s.get(2));
    predictions =
        Predictions.all(
            inputs.between(-6f, 1f, s.get(0), s.get(1), s.get(2)),
            inputs.between(0.1f, 0.9f, s.get(0), s.get(1), 4));
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(0));
  }

  // Position-modulated class cost, L1 and GIoU of every pair, in double precision on one thread.

  /**
   * Matches a batch.
   *
   * @return the pairs of each image
   */
  @Benchmark
  public List<Matching> match() {
    return matcher.match(predictions, targets);
  }
}
