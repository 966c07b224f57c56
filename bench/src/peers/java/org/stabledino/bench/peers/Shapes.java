package org.stabledino.bench.peers;

import java.util.Arrays;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Param;
import org.stabledino.bench.Workload;

/** The shapes of the benchmarks, so that both measure the same. */
final class Shapes {
  private Shapes() {}

  /** All shapes of a benchmark, as its parameter lists them. */
  static Stream<String> of(Class<? extends Workload> benchmark) {
    try {
      return Arrays.stream(benchmark.getField("shape").getAnnotation(Param.class).value());
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(benchmark.getSimpleName() + " has no shapes", e);
    }
  }

  /** Those of the paper's main system. */
  static Stream<String> r50(Class<? extends Workload> benchmark) {
    return of(benchmark).filter(shape -> shape.startsWith("r50."));
  }
}
