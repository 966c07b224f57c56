package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The run that the launcher records for faster starts. */
class StartupTest {

  @Test
  void theRecordedRunSucceeds(@TempDir Path folder) throws IOException {
    assertThat(StartupTraining.detect(folder)).isZero();
    assertThat(folder.resolve("found").resolve("picture.png")).exists();
  }
}
