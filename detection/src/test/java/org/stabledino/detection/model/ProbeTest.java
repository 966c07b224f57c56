package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.GradMode;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/** A probe sees what a forward pass does, and changes nothing. */
class ProbeTest {
  private static final int QUERIES = 20;

  /** Copies what it sees. */
  private static final class Notes implements Probe {
    private final List<String> calls = new ArrayList<>();
    private final List<float[]> references = new ArrayList<>();
    private final List<float[]> locations = new ArrayList<>();
    private final List<float[]> weights = new ArrayList<>();
    private float[] firstBoxes;

    @Override
    public void selected(Levels levels, Tensor tokens, Tensor boxes) {
      calls.add("selected " + tokens.shape());
      for (int i = 0; i < tokens.size(); i++) {
        assertThat(tokens.ints()[tokens.offset() + i]).isBetween(0, levels.tokens() - 1);
      }
      firstBoxes = boxes.toFloats();
    }

    @Override
    public void references(int layer, Tensor boxes) {
      calls.add("references " + layer + " " + boxes.shape());
      references.add(boxes.toFloats());
    }

    @Override
    public void sampled(int layer, Levels levels, Tensor at, Tensor weight) {
      calls.add("sampled " + layer + " " + at.shape() + " " + weight.shape());
      locations.add(at.toFloats());
      weights.add(weight.toFloats());
    }
  }

  private static StableDino model() {
    StableDinoConfig small = StableDinoConfig.small(3);
    TransformerConfig transformer =
        new TransformerConfig(64, 8, 0, 8, 4, 1, 3, 64, QUERIES, Fusion.DENSE);
    StableDino model =
        new StableDino(
            new StableDinoConfig(
                3,
                small.backbone(),
                transformer,
                small.denoising(),
                small.matching(),
                small.loss(),
                true,
                small.postProcessor()));
    model.initialize(Rng.of(7));
    model.train(false);
    return model;
  }

  @Test
  void everyLayerIsSeenAsItIs() {
    StableDino model = model();
    Notes notes = new Notes();
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Tensor images = Tensor.zeros(1, 64, 64, 3);
      for (int i = 0; i < images.size(); i++) {
        images.floats()[images.offset() + i] = (float) Math.sin(i * 0.37);
      }
      ValidSizes sizes = ValidSizes.full(1, 64, 64);
      ModelOutput seen = model.observe(images, sizes, null, notes);
      ModelOutput unseen = model.forward(images, sizes, null);
      for (int layer = 0; layer < 3; layer++) {
        assertThat(seen.layers().get(layer).boxes().data().toFloats())
            .isEqualTo(unseen.layers().get(layer).boxes().data().toFloats());
      }
    }
    assertThat(notes.calls)
        .containsExactly(
            "selected [1, 20]",
            "references 0 [1, 20, 4]",
            "sampled 0 [1, 20, 8, 3, 4, 2] [1, 20, 8, 3, 4]",
            "references 1 [1, 20, 4]",
            "sampled 1 [1, 20, 8, 3, 4, 2] [1, 20, 8, 3, 4]",
            "references 2 [1, 20, 4]",
            "sampled 2 [1, 20, 8, 3, 4, 2] [1, 20, 8, 3, 4]");
    assertThat(notes.references.getFirst()).isEqualTo(notes.firstBoxes);
    for (int layer = 0; layer < 3; layer++) {
      checkInitialPoints(
          notes.references.get(layer), notes.locations.get(layer), notes.weights.get(layer));
    }
  }

  /**
   * Untrained heads look in eight directions, from the box's centre outwards: point p of P lies at
   * (p+1)/P of the way to the border, and all points weigh the same.
   */
  private static void checkInitialPoints(float[] boxes, float[] locations, float[] weights) {
    int at = 0;
    for (int query = 0; query < QUERIES; query++) {
      for (int head = 0; head < 8; head++) {
        double angle = 2 * Math.PI * head / 8;
        double longest = Math.max(Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle)));
        for (int level = 0; level < 3; level++) {
          for (int point = 0; point < 4; point++, at++) {
            double way = (point + 1) / 4.0 / longest;
            double x = boxes[4 * query] + Math.cos(angle) * way * boxes[4 * query + 2] / 2;
            double y = boxes[4 * query + 1] + Math.sin(angle) * way * boxes[4 * query + 3] / 2;
            assertThat((double) locations[2 * at]).isCloseTo(x, within(1e-5));
            assertThat((double) locations[2 * at + 1]).isCloseTo(y, within(1e-5));
            assertThat((double) weights[at]).isCloseTo(1 / 12.0, within(1e-6));
          }
        }
      }
    }
    assertThat(at).isEqualTo(weights.length);
  }
}
