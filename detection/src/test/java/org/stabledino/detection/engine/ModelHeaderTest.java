package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset.Category;

class ModelHeaderTest {
  private static final Path FILE = Path.of("some", "model.safetensors");
  private static final RunConfig CONFIG = Preset.SMALL.settings(2);
  private static final List<Category> CATEGORIES =
      List.of(new Category(3, "traffic light", ""), new Category(1L << 40, "", ""));

  private static Map<String, String> metadata() {
    return new LinkedHashMap<>(ModelHeader.metadata(CONFIG, CATEGORIES));
  }

  @Test
  void whatIsWrittenIsRead() {
    ModelHeader header = ModelHeader.of(FILE, metadata());
    assertThat(header.config()).isEqualTo(CONFIG);
    assertThat(header.categories()).isEqualTo(CATEGORIES);
  }

  @ParameterizedTest
  @CsvSource({
    "category.0, light, category 'light' is no id and name",
    "category.1, 17, category '17' is no id and name",
    "category.2, 9 car, names 3 categories for 2 classes",
    "config.train.steps, soon, setting train.steps: 'soon' is not a whole number",
    "config.train.epochs, 3, unknown setting 'train.epochs'",
    "config.preset, mine, no preset and no file is called 'mine'",
  })
  void damageIsNamed(String key, String value, String expected) {
    Map<String, String> metadata = metadata();
    metadata.put(key, value);
    assertThatThrownBy(() -> ModelHeader.of(FILE, metadata).config())
        .isInstanceOf(UserException.class)
        .hasMessageStartingWith(FILE.toString())
        .hasMessageContaining(expected);
  }

  @Test
  void aGapInTheCategoriesIsNamed() {
    Map<String, String> metadata = metadata();
    metadata.put("category.3", metadata.remove("category.1"));
    assertThatThrownBy(() -> ModelHeader.of(FILE, metadata).config())
        .isInstanceOf(UserException.class)
        .hasMessageContaining("names 1 categories for 2 classes");
  }
}
