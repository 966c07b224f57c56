package org.stabledino.tensor.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What depends on how the JVM was started: the vector width, and the choice of a provider. Each
 * case is a JVM of its own, as the width is a constant.
 */
class VectorWidthTest {

  /** A width the processor lacks is emulated by the JVM, slowly but exactly. */
  @ParameterizedTest
  @ValueSource(ints = {128, 256, 512})
  void vectorLoopsAgreeWithScalarOnesAtEveryWidth(int bits) throws Exception {
    String output =
        run("--add-modules", "jdk.incubator.vector", "-Dstabledino.vector.bits=" + bits);
    assertThat(output).contains("VectorProvider at " + bits + " bits agrees");
  }

  @Test
  void withoutTheModuleTheWarningGivesTheFlag() throws Exception {
    assertThat(run())
        .contains("ScalarProvider")
        .contains("start java with --add-modules jdk.incubator.vector");
  }

  @Test
  void simdCanBeSwitchedOff() throws Exception {
    assertThat(run("--add-modules", "jdk.incubator.vector", "-Dstabledino.simd=off"))
        .contains("ScalarProvider")
        .doesNotContain("start java with");
  }

  private static String run(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(ProviderCheck.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
