package org.stabledino.detection.losses;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.LossConfig;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Tensor;

class CriterionTest {
  private static final Targets ONE =
      new Targets(new int[] {1}, new float[] {0.5f, 0.5f, 0.2f, 0.2f});

  private static Prediction head(float logit) {
    float[] logits = {logit, 0.3f, -1, 0.2f, 0.1f, -0.4f};
    float[] boxes = {0.5f, 0.5f, 0.3f, 0.2f, 0.2f, 0.2f, 0.1f, 0.1f};
    return new Prediction(
        Variable.leaf(Tensor.of(logits, 1, 2, 3)), Variable.leaf(Tensor.of(boxes, 1, 2, 4)));
  }

  private static Criterion criterion() {
    return new Criterion(MatchingConfig.STABLE, LossConfig.STABLE, false);
  }

  @Test
  void theTotalIsTheWeightedSumOfTheReport() {
    ModelOutput output = new ModelOutput(List.of(head(0), head(1)), head(2), null);
    LossReport report = criterion().forward(output, List.of(ONE));
    double sum =
        report.values().entrySet().stream()
            .mapToDouble(e -> e.getValue() * report.weights().get(e.getKey()))
            .sum();
    assertThat((double) report.total().item()).isCloseTo(sum, within(1e-5));
    assertThat(report.values()).hasSize(9);
  }

  @Test
  void boxesOfOtherWorkersAreCounted() {
    ModelOutput output = new ModelOutput(List.of(head(0)), null, null);
    double alone = criterion().forward(output, List.of(ONE)).total().item();
    double shared = criterion().forward(output, List.of(ONE), 2.5).total().item();
    assertThat(shared).isCloseTo(alone / 2.5, within(1e-5));
    double few = criterion().forward(output, List.of(ONE), 0.5).total().item();
    assertThat(few).isCloseTo(alone, within(1e-6));
  }

  @Test
  void gradientsScaleWithTheGradientOfTheTotal() {
    Prediction once = head(0);
    Prediction thrice = head(0);
    ModelOutput first = new ModelOutput(List.of(once), null, null);
    ModelOutput second = new ModelOutput(List.of(thrice), null, null);
    criterion().forward(first, List.of(ONE)).total().backward();
    Variable total = criterion().forward(second, List.of(ONE)).total();
    Tensor three = Tensor.full(3f);
    total.backward(three);
    float[] expected = once.logits().grad().toFloats();
    float[] actual = thrice.logits().grad().toFloats();
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(3 * expected[i], within(1e-5f));
    }
  }

  @Test
  void anUnknownClassIsNamed() {
    Targets unknown = new Targets(new int[] {3}, new float[] {0.5f, 0.5f, 0.2f, 0.2f});
    ModelOutput output = new ModelOutput(List.of(head(0)), null, null);
    assertThatThrownBy(() -> criterion().forward(output, List.of(unknown)))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("class 3")
        .hasMessageContaining("numClasses");
  }

  @Test
  void aModelThatIsNotFiniteIsReported() {
    ModelOutput output = new ModelOutput(List.of(head(Float.NaN)), null, null);
    assertThatThrownBy(() -> criterion().forward(output, List.of(Targets.NONE)).values())
        .isInstanceOf(NonFiniteLossException.class)
        .hasMessageContaining("loss_class");
  }
}
