package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Benchmarks cannot rot: JMH runs every method once, at its smallest shape. */
class BenchmarksRunTest {

  @BeforeAll
  static void shareTheMachine() {
    System.setProperty("jmh.ignoreLock", "true");
  }

  static Stream<Class<?>> benchmarks() {
    return BenchmarkList.defaultList()
        .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
        .stream()
        .map(BenchmarkListEntry::getUserClassQName)
        .distinct()
        .map(BenchmarksRunTest::load);
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theListIsComplete() {
    assertThat(benchmarks())
        .contains(PeakBenchmark.class, GemmBenchmark.class, ConvolutionBenchmark.class);
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void runsAtItsSmallestShape(Class<?> benchmark) throws RunnerException {
    run(benchmark);
  }

  /** Runs each method of a benchmark once, in this JVM. */
  static void run(Class<?> benchmark) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("\\Q" + benchmark.getName() + ".\\E")
            .mode(Mode.SingleShotTime)
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT);
    for (Field field : benchmark.getFields()) {
      if (field.isAnnotationPresent(Param.class)) {
        options.param(field.getName(), field.getAnnotation(Param.class).value()[0]);
      }
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    long methods =
        Stream.of(benchmark.getMethods())
            .filter(method -> method.isAnnotationPresent(Benchmark.class))
            .count();
    assertThat(results).hasSize((int) methods);
    assertThat(new ResultTable(results).toString().lines()).hasSize((int) methods + 1);
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void knowsTheWorkOfEveryShape(Class<?> benchmark) throws ReflectiveOperationException {
    for (Field field : benchmark.getFields()) {
      if (!field.isAnnotationPresent(Param.class)) {
        continue;
      }
      for (String value : field.getAnnotation(Param.class).value()) {
        Workload workload = (Workload) benchmark.getConstructor().newInstance();
        field.set(workload, value);
        for (Method method : benchmark.getMethods()) {
          if (method.isAnnotationPresent(Benchmark.class)) {
            assertThat(workload.work(method.getName()).amount())
                .as("%s of %s", method.getName(), value)
                .isFinite()
                .isPositive();
          }
        }
      }
    }
  }
}
