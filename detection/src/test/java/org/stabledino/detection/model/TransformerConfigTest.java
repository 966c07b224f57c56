package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.detection.UserException;

class TransformerConfigTest {

  @ParameterizedTest
  @CsvSource({
    "66, 6, 1, 2, embedDim",
    "64, 7, 8, 2, heads",
    "64, 8, 7, 2, normGroups",
    "64, 8, 8, 0, decoderLayers"
  })
  void namesTheSettingThatDoesNotFit(
      int embedDim, int heads, int groups, int layers, String setting) {
    assertThatThrownBy(
            () ->
                new TransformerConfig(
                    embedDim, heads, 0, groups, 4, 1, layers, 128, 10, Fusion.NONE))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("setting " + setting);
  }
}
