package org.stabledino.bench.ladder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.options.CommandLineOptionException;

class WidthsCommandTest {

  @Test
  void onlyWidthsOfTheProcessorAreMeasured() {
    assertThat(WidthsCommand.flags(256))
        .containsExactly(
            Map.entry("plain loops", "-Dstabledino.simd=off"),
            Map.entry("128 bits", "-Dstabledino.vector.bits=128"),
            Map.entry("256 bits", "-Dstabledino.vector.bits=256"));
    assertThat(WidthsCommand.flags(512)).hasSize(4).containsKey("512 bits");
  }

  @Test
  void aRowTellsGains() {
    assertThat(WidthsCommand.row("gemm", "t 6x1x8", List.of(80.0, 20.0, 12.5)))
        .isEqualTo("| gemm | `t 6x1x8` | 80.0 | 20.0, x 4.00 | 12.5, x 1.60 |\n");
  }

  @Test
  void optionsNameLaddersAndAFolder() throws Exception {
    LadderOptions options =
        LadderOptions.of("widths", List.of("^gemm|AdamW", "--quick", "--out", "found"));
    assertThat(options.wanted().keySet()).containsExactly("gemm", "AdamW");
    assertThat(options.quick()).isTrue();
    assertThat(options.folder()).isEqualTo(Path.of("found"));
    assertThat(LadderOptions.of("widths", List.of()).wanted()).isEqualTo(Ladders.ALL);
  }

  @Test
  void wrongOptionsAreExplained() {
    assertThatThrownBy(() -> LadderOptions.of("widths", List.of("winograd")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageStartingWith("no ladder matches 'winograd'; bench widths takes [REGEX]");
    assertThatThrownBy(() -> LadderOptions.of("ladder", List.of("a", "b")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContaining("bench ladder takes [REGEX] [--quick] [--out FOLDER]");
    assertThatThrownBy(() -> LadderOptions.of("ladder", List.of("(")))
        .isInstanceOf(CommandLineOptionException.class)
        .hasMessageContaining("Unclosed group");
  }
}
