package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.runner.RunnerException;
import org.stabledino.cuda.StandIn;
import org.stabledino.tensor.Device;

/**
 * The benchmarks of kernels on the stand-in for a GPU; this JVM's benchmarks compute there. Whole
 * models are left out: a step of one is a test of its own, and takes long there.
 */
@Tag("standin")
class CudaBenchmarksRunTest {
  private static final List<Class<?>> MODELS =
      List.of(ForwardBenchmark.class, TrainingStepBenchmark.class);

  @BeforeAll
  static void load() {
    System.setProperty("jmh.ignoreLock", "true");
    StandIn.device();
  }

  static Stream<Class<?>> kernels() {
    return BenchmarksRunTest.benchmarks()
        .filter(DeviceWorkload.class::isAssignableFrom)
        .filter(type -> !MODELS.contains(type));
  }

  @ParameterizedTest
  @MethodSource("kernels")
  void runsOnTheDeviceAtItsSmallestShape(Class<?> benchmark) throws RunnerException {
    assertThat(DeviceWorkload.DEVICE).isEqualTo(Device.cuda(0));
    BenchmarksRunTest.run(benchmark);
  }

  @Test
  void everyFamilyHasOne() {
    assertThat(kernels())
        .contains(
            AttentionBenchmark.class,
            ConvolutionBenchmark.class,
            DeformableAttentionBenchmark.class,
            DevicePeakBenchmark.class,
            ElementwiseBenchmark.class,
            GemmBenchmark.class,
            IndexingBenchmark.class,
            MapsBenchmark.class,
            NormalizationBenchmark.class,
            OptimizerBenchmark.class,
            SoftmaxBenchmark.class,
            TopKBenchmark.class);
    assertThat(DeviceWorkload.runsOnDevices(MatcherBenchmark.class.getName())).isFalse();
    assertThat(Machine.describe()).contains("stand-in");
  }
}
