package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What makes a start fast: loops chosen by the work, and a run to record. */
class StartupTest {
  private static final String LOOPS = "stabledino.simd";

  private String before;

  @BeforeEach
  void remember() {
    before = System.getProperty(LOOPS);
  }

  @AfterEach
  void restore() {
    if (before == null) {
      System.clearProperty(LOOPS);
    } else {
      System.setProperty(LOOPS, before);
    }
  }

  @Test
  void littleWorkTakesPlainLoops() {
    System.setProperty(LOOPS, "auto");
    QuickStart.consider(20_000_001, 1);
    QuickStart.consider(4_000_000, 5);
    assertThat(System.getProperty(LOOPS)).isEqualTo("auto");
    QuickStart.consider(4_000_000, 4);
    assertThat(System.getProperty(LOOPS)).isEqualTo("off");
  }

  @Test
  void whatTheUserChoseStays() {
    System.setProperty(LOOPS, "on");
    QuickStart.consider(1, 1);
    assertThat(System.getProperty(LOOPS)).isEqualTo("on");
    System.clearProperty(LOOPS);
    QuickStart.consider(1, 1);
    assertThat(System.getProperty(LOOPS)).isNull();
  }

  @Test
  void theRecordedRunSucceeds(@TempDir Path folder) throws IOException {
    assertThat(StartupTraining.detect(folder)).isZero();
    assertThat(folder.resolve("found").resolve("picture.png")).exists();
  }
}
