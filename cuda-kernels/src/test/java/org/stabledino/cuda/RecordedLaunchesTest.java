package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * What the tests before this one have launched in this JVM: whether it was every kernel, and
 * whether the same launches, repeated under ThreadSanitizer and AddressSanitizer, race or leave
 * their memory. Faults are planted to see that they would be found.
 */
@Order(Integer.MAX_VALUE)
class RecordedLaunchesTest {
  private static final UnaryOperator<String> AS_IT_IS = source -> source;

  /** The classes that run the contract suite once. */
  private static final Set<Class<?>> SUITE =
      Set.of(
          CudaAttentionTest.class,
          CudaConvolutionTest.class,
          CudaElementwiseTest.class,
          CudaIndexingTest.class,
          CudaLossesTest.class,
          CudaMatmulTest.class,
          CudaMixedPrecisionTest.class,
          CudaNormalizationTest.class,
          CudaOptimizerTest.class,
          CudaOwnMatmulTest.class);

  @TempDir static Path folder;

  private static Path launches;

  /** How a replay ended. */
  private record Replay(int status, String output) {
    static Replay of(Path program) {
      try {
        Path log = folder.resolve("replay.log");
        // Without random addresses: ThreadSanitizer knows fixed regions only.
        ProcessBuilder builder =
            new ProcessBuilder(
                    "setarch",
                    System.getProperty("os.arch").replace("amd64", "x86_64"),
                    "-R",
                    program.toString(),
                    launches.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // Fibres live as long as the program; that is no leak.
        builder.environment().put("ASAN_OPTIONS", "detect_leaks=0");
        Process process = builder.start();
        boolean done = process.waitFor(5, TimeUnit.MINUTES);
        String output = Files.readString(log);
        assertThat(done).as(output).isTrue();
        return new Replay(process.exitValue(), output);
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    void finds(String kind, String file) {
      assertThat(output).containsPattern("SUMMARY: .* " + kind + " .*/" + file + ":");
      assertThat(status).isNotZero();
    }
  }

  /** A few launches of their own for the faults, so that this class can be run alone. */
  @BeforeAll
  static void launch() {
    CudaBackend backend = StandIn.backend(true);
    Tensor x = backend.upload(Tensor.full(1f, 64, 40));
    backend.indexing().sumTo(x, backend.empty(DType.FLOAT32, Shape.of(40)));
    backend.elementwise().affine(x, 2f, 1f, x);
    int queries = 40;
    Tensor value = backend.upload(Tensor.full(1f, 1, 20, 1, 8));
    Tensor locations = backend.upload(Tensor.full(0.4f, 1, queries, 1, 1, 1, 2));
    Tensor weights = backend.upload(Tensor.full(1f, 1, queries, 1, 1, 1));
    backend
        .attention()
        .deformableAttentionBackward(
            backend.upload(Tensor.full(1f, 1, queries, 8)),
            value,
            new Levels(new int[] {4}, new int[] {5}),
            locations,
            weights,
            backend.empty(DType.FLOAT32, value.shape()),
            null,
            null);
    launches = folder.resolve("launches");
    assertThat(StandIn.writeLaunches(launches)).isPositive();
  }

  @Test
  void everyKernelWasLaunched() {
    Assumptions.assumeTrue(
        OnStandIn.users().containsAll(SUITE), "only a part of the tests runs: nothing to compare");
    Set<String> entries = new TreeSet<>();
    for (Kernels.Source source : Kernels.Source.values()) {
      entries.addAll(Ptx.parameters(source.ptx()).keySet());
    }
    assertThat(StandIn.launched()).containsExactlyInAnyOrderElementsOf(entries);
  }

  @ParameterizedTest
  @ValueSource(strings = {"thread", "address"})
  void launchesNeitherRaceNorLeaveTheirMemory(String sanitizer) {
    Replay replay = Replay.of(StandInBuild.replay("replay", sanitizer, ".cu", AS_IT_IS));
    assertThat(replay.status()).as(replay.output()).isZero();
    assertThat(replay.output()).contains(" of %d kernels".formatted(StandIn.launched().size()));
  }

  private static Replay changed(
      String file, String name, String sanitizer, String right, String wrong) {
    return Replay.of(
        StandInBuild.replay(
            name,
            sanitizer,
            file,
            source -> {
              assertThat(source).contains(right);
              return source.replace(right, wrong);
            }));
  }

  @Test
  void aLostAtomicIsARace() {
    changed(
            "deformable.cu",
            "lost-atomic",
            "thread",
            "atomicAdd(&gradValue[place], weight * share * grad);",
            "gradValue[place] += weight * share * grad;")
        .finds("data race", "deformable.cu");
  }

  @Test
  void aRemovedBarrierIsARace() {
    changed(
            "sums.cu",
            "removed-barrier",
            "thread",
            "sums[threadIdx.y][threadIdx.x] = sum;\n  __syncthreads();",
            "sums[threadIdx.y][threadIdx.x] = sum;")
        .finds("data race", "sums.cu");
  }

  @Test
  void anElementTooManyIsOutsideItsMemory() {
    changed(
            "elementwise.cu",
            "off-by-one",
            "address",
            "out[i] = scale * x[i] + shift;",
            "out[i + 1] = scale * x[i] + shift;")
        .finds("heap-buffer-overflow", "elementwise.cu");
  }
}
