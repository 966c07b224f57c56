package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.tensor.AttentionKernels.Levels;

/** The formulation that ours is measured beside computes the same, on the stand-in. */
class PublishedDeformableTest {

  @AfterEach
  void mend() {
    StandIn.mend();
  }

  /** Both formulations' gradients are equal but for the order of their sums. */
  static void compare(float[][] ours, float[][] published) {
    for (int which = 0; which < ours.length; which++) {
      assertThat(ours[which]).hasSameSizeAs(published[which]);
      float largest = 0;
      for (float gradient : published[which]) {
        largest = Math.max(largest, Math.abs(gradient));
      }
      assertThat(largest).isPositive();
      for (int i = 0; i < ours[which].length; i++) {
        assertThat(ours[which][i])
            .as("gradient %d, element %d", which, i)
            .isCloseTo(published[which][i], within(2e-5f * largest));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 32", "2, 3, 8", "1, 1, 33"})
  void computesTheSameAsOurs(int batch, int heads, int d) throws IOException {
    Levels levels = new Levels(new int[] {5, 3}, new int[] {7, 2});
    PublishedDeformable operands =
        new PublishedDeformable(OnStandIn.blas(), batch, heads, d, levels);
    operands.ours();
    float[][] ours = operands.gradients();
    StandIn.compared();
    operands.load().published();
    compare(ours, operands.gradients());
  }

  @Test
  void ptxIsMadeFromItsSourceAndCompiles() throws IOException, NoSuchAlgorithmException {
    PtxTest.requireMadeFrom(Path.of("src/test/cuda/published.cu"), PublishedDeformable.ptx());
    PtxTest.requireCompiles(PublishedDeformable.ptx());
  }
}
