package org.stabledino.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What all benchmarks share: they measure the mean time of a call in three forks, with the JVM
 * flags of the product, on one calling thread (the kernels bring their own pool of workers).
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 3,
    jvmArgsAppend = {
      "-XX:+IgnoreUnrecognizedVMOptions", // huge pages are Linux's
      "--add-modules=jdk.incubator.vector",
      "-Djdk.incubator.vector.VECTOR_ACCESS_OOB_CHECK=0",
      "-XX:+UseParallelGC",
      "-XX:+UseTransparentHugePages",
      "-Djava.awt.headless=true"
    })
@State(Scope.Benchmark)
public abstract class Workload {

  /** A benchmark whose parameters are not set yet. */
  protected Workload() {}

  /**
   * How much a call does. Only the fields marked {@code @Param} are set when this is asked.
   *
   * @param method the benchmark method
   * @return the work of one call
   */
  abstract Work work(String method);

  /**
   * The number of units of {@link #work}, for those who time the methods themselves.
   *
   * @param method the benchmark method
   * @return operations, bytes or things
   */
  public final double amount(String method) {
    return work(method).amount();
  }
}
