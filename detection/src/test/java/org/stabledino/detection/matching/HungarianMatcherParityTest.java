package org.stabledino.detection.matching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.detection.testing.RecordedTargets;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;

/** The published matcher's costs and assignments. */
@Tag("parity")
class HungarianMatcherParityTest {
  private static final String RECORDING = "matcher/matcher";

  @TestFactory
  Stream<DynamicTest> everyProblemAndExponent() {
    List<DynamicTest> tests = new ArrayList<>();
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Json problems = fixture.json().get("problems");
      for (String problem : problems.keys()) {
        int batch = problems.get(problem).get("bs").integer();
        if (!problems.get(problem).has("variants")) {
          continue;
        }
        for (String variant : problems.get(problem).get("variants").keys()) {
          if (fixture.has(problem + "." + variant + ".index_i0")) {
            tests.add(
                DynamicTest.dynamicTest(
                    problem + " " + variant, () -> check(problem, variant, batch)));
          }
        }
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void check(String problem, String variant, int batch) {
    double exponent = Double.parseDouble(variant.substring("beta".length()));
    MatchingConfig config =
        exponent < 0
            ? MatchingConfig.DINO
            : new MatchingConfig(2, 5, 2, Modulation.LAST_OF_CLASS, exponent, 0.25, 2);
    HungarianMatcher matcher = new HungarianMatcher(config);
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      List<Targets> targets = RecordedTargets.read(fixture, problem, batch);
      Predictions predictions =
          Predictions.all(
              fixture.tensor(problem + ".pred_logits"), fixture.tensor(problem + ".pred_boxes"));
      List<Matching> matchings = matcher.match(predictions, targets);
      for (int image = 0; image < batch; image++) {
        String prefix = problem + "." + variant + ".";
        assertThat(matchings.get(image).queries())
            .as(prefix + "index_i" + image)
            .isEqualTo(fixture.indices(prefix + "index_i" + image).ints());
        assertThat(matchings.get(image).targets())
            .as(prefix + "index_j" + image)
            .isEqualTo(fixture.indices(prefix + "index_j" + image).ints());
        if (fixture.has(prefix + "cost" + image)) {
          double[] expected = fixture.doubles(prefix + "cost" + image);
          assertThat(matcher.cost(predictions, image, targets))
              .as(prefix + "cost" + image)
              .containsExactly(expected, within(5e-5));
        }
      }
    }
  }
}
