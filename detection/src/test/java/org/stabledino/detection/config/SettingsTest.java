package org.stabledino.detection.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.stabledino.detection.UserException;

class SettingsTest {
  enum Fusion {
    NONE,
    DENSE
  }

  record Inner(float learningRate, List<Integer> milestones, boolean enabled) {
    Inner {
      if (learningRate <= 0) {
        throw new IllegalArgumentException("the learning rate must be positive");
      }
    }
  }

  record Outer(int numQueries, Fusion fusion, String name, Inner train) {}

  private static final Outer DEFAULTS =
      new Outer(900, Fusion.DENSE, "r50", new Inner(1e-4f, List.of(11, 12), true));

  @Test
  void flattensToPathsInOrderOfDeclaration() {
    assertThat(Settings.flatten(DEFAULTS))
        .containsExactly(
            Map.entry("numQueries", "900"),
            Map.entry("fusion", "dense"),
            Map.entry("name", "r50"),
            Map.entry("train.learningRate", "1.0E-4"),
            Map.entry("train.milestones", "11,12"),
            Map.entry("train.enabled", "true"));
  }

  @Test
  void overridesAndReadsItsOwnOutputBack() {
    Outer changed =
        Settings.override(
            DEFAULTS,
            Map.of(
                "numQueries", "50",
                "fusion", "NONE",
                "train.learningRate", "7e-4",
                "train.milestones", "3, 4,5",
                "train.enabled", "false"));
    assertThat(changed)
        .isEqualTo(new Outer(50, Fusion.NONE, "r50", new Inner(7e-4f, List.of(3, 4, 5), false)));
    assertThat(Settings.override(DEFAULTS, Settings.flatten(changed))).isEqualTo(changed);
  }

  @Test
  void namesTheKeyAndTheFix() {
    assertThatThrownBy(() -> Settings.override(DEFAULTS, Map.of("train.lerningRate", "1")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("unknown setting 'train.lerningRate'")
        .hasMessageContaining("did you mean 'train.learningRate'");
    assertThatThrownBy(() -> Settings.override(DEFAULTS, Map.of("numQueries", "many")))
        .isInstanceOf(UserException.class)
        .hasMessage("setting numQueries: 'many' is not a whole number");
    assertThatThrownBy(() -> Settings.override(DEFAULTS, Map.of("fusion", "thick")))
        .isInstanceOf(UserException.class)
        .hasMessage("setting fusion: 'thick' is not one of none, dense");
    assertThatThrownBy(() -> Settings.override(DEFAULTS, Map.of("train.learningRate", "NaN")))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("is not a number");
    assertThatThrownBy(() -> Settings.override(DEFAULTS, Map.of("train.learningRate", "-1")))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "setting train.learningRate=-1 is out of range: the learning rate must be positive");
  }
}
