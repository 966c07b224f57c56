package org.stabledino.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCaseTest {
  @ParameterizedTest
  @CsvSource({
    "r50.tiny 1x32x64 classes 3, backbone.stem.conv1.weight, 900",
    "swint.tiny 1x32x64 classes 3, backbone.layers.0.blocks.0.attn.qkv.weight, 900",
    "small.tiny 1x32x64 classes 3, backbone.stem.conv1.weight, 50"
  })
  void aNameSaysWhichModel(String shape, String parameter, int queries) {
    ModelCase made = ModelCase.of(NamedShape.of(shape));

    assertThat(made.model().namedParameters()).containsKey(parameter);
    assertThat(made.config().transformer().numQueries()).isEqualTo(queries);
    assertThat(made.images().shape().dims()).containsExactly(1, 32, 64, 3);
  }
}
