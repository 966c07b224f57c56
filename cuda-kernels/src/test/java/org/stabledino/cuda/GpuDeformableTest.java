package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.tensor.AttentionKernels.Levels;

/**
 * Deformable attention's gradients beside the published formulation on a GPU, as R50's encoder has
 * them for two images of 800 x 1333: the same numbers, and the time of both, which goes to {@code
 * gpu-deformable.md} in the folder of results.
 */
@Tag("gpu")
class GpuDeformableTest {
  private static final int CALLS = 10;
  private static final int ROUNDS = 5;

  @Test
  void isMeasuredBesideThePublishedFormulation() throws IOException {
    Levels levels = new Levels(new int[] {100, 50, 25, 13}, new int[] {167, 84, 42, 21});
    PublishedDeformable operands = new PublishedDeformable(OnGpu.blas(), 2, 8, 32, levels).load();
    operands.ours();
    float[][] ours = operands.gradients();
    operands.published();
    PublishedDeformableTest.compare(ours, operands.gradients());
    double[] times = {milliseconds(operands::ours), milliseconds(operands::published)};
    String table =
        String.format(
            Locale.ROOT,
            "| deformable attention backward, 2 x 22223 queries, 8 heads of 32, 4 levels | ms |%n"
                + "|---|---|%n| ours | %.3f |%n| published formulation | %.3f |%n"
                + "| published / ours | %.2f |%n",
            times[0],
            times[1],
            times[1] / times[0]);
    System.out.print(table);
    String results = System.getProperty("stabledino.bench.results");
    if (results != null) {
      Files.writeString(Path.of(results).resolve("gpu-deformable.md"), table);
    }
    assertThat(times[0]).isPositive();
  }

  /** Of one call; the fastest of some rounds of calls. */
  private static double milliseconds(Runnable call) {
    double[] rounds = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      PublishedDeformable.waitForAll();
      long from = System.nanoTime();
      for (int i = 0; i < CALLS; i++) {
        call.run();
      }
      PublishedDeformable.waitForAll();
      rounds[round] = (System.nanoTime() - from) * 1e-6 / CALLS;
    }
    return Arrays.stream(rounds).min().getAsDouble();
  }
}
