package org.stabledino.detection.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.tensor.Tensor;

class CheckpointsTest {
  @TempDir Path run;

  private static Map<String, Map<String, Tensor>> files(float value) {
    return Map.of(
        "model", Map.of("w", Tensor.of(new float[] {value}, 1)),
        "optimizer", Map.of("m", Tensor.of(new float[] {-value}, 1)));
  }

  private List<String> folders() throws IOException {
    try (Stream<Path> entries = Files.list(run.resolve("checkpoints"))) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void keepsTheLatestAndFindsTheNewest() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 2);
    assertThat(checkpoints.latest()).isEmpty();
    for (int step : new int[] {5, 10, 100}) {
      checkpoints.save(step, files(step), Map.of("step", Integer.toString(step)));
    }
    assertThat(folders()).containsExactly("step-00000010", "step-00000100");
    Path latest = checkpoints.latest().orElseThrow();
    try (SafeTensors model = SafeTensors.open(latest.resolve("model.safetensors"))) {
      assertThat(model.read("w").item()).isEqualTo(100f);
      assertThat(model.metadata()).containsEntry("step", "100");
    }
  }

  @Test
  void aRunThatStartsAnewLeavesNothingOfTheOneBefore() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 2);
    checkpoints.save(2750, files(1), Map.of());
    checkpoints.save(5500, files(2), Map.of());
    checkpoints.save(1000, files(3), Map.of());
    assertThat(folders()).containsExactly("step-00001000");
    checkpoints.clear();
    assertThat(checkpoints.latest()).isEmpty();
  }

  @Test
  void savingAStepAgainReplacesIt() {
    Checkpoints checkpoints = new Checkpoints(run, 2);
    checkpoints.save(5, files(1), Map.of());
    checkpoints.save(5, files(2), Map.of());
    try (SafeTensors model =
        SafeTensors.open(checkpoints.latest().orElseThrow().resolve("model.safetensors"))) {
      assertThat(model.read("w").item()).isEqualTo(2f);
    }
  }

  @Test
  void aRunKilledWhileOneIsReplacedResumesFromTheOneThatIsThere() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 1);
    checkpoints.save(5, files(1), Map.of());
    Path folder = run.resolve("checkpoints");
    Files.move(folder.resolve("step-00000005"), folder.resolve("step-00000005.replaced"));
    assertThat(checkpoints.latest().orElseThrow()).hasFileName("step-00000005.replaced");
    checkpoints.save(5, files(2), Map.of());
    assertThat(folders()).containsExactly("step-00000005");
  }

  @Test
  void theNewOneOfTwoOfAStepCounts() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 2);
    checkpoints.save(5, files(1), Map.of());
    Files.createDirectories(run.resolve("checkpoints/step-00000005.replaced"));
    assertThat(checkpoints.latest().orElseThrow()).hasFileName("step-00000005");
    checkpoints.save(6, files(2), Map.of());
    assertThat(folders()).containsExactly("step-00000005", "step-00000006");
  }

  @Test
  void aFailedWriteLeavesTheOneBeforeAndNoRemains() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 1);
    checkpoints.save(5, files(1), Map.of());
    // A name that no file can have makes the second file fail after the first was written.
    Map<String, Map<String, Tensor>> impossible =
        Map.of("no/such/folder/model", Map.of("w", Tensor.of(new float[] {3}, 1)));
    assertThatThrownBy(() -> checkpoints.save(6, impossible, Map.of()))
        .isInstanceOfAny(UserException.class, CheckpointException.class);
    assertThat(folders()).containsExactly("step-00000005");
  }

  @Test
  void aHalfWrittenFolderIsNoCheckpoint() throws IOException {
    Checkpoints checkpoints = new Checkpoints(run, 1);
    checkpoints.save(5, files(1), Map.of());
    Files.createDirectories(run.resolve("checkpoints/step-00000006.writing"));
    assertThat(checkpoints.latest().orElseThrow()).hasFileName("step-00000005");
    checkpoints.save(6, files(2), Map.of());
    assertThat(folders()).containsExactly("step-00000006");
  }

  @Test
  void anUnwritableFolderIsNamed() throws IOException {
    Files.writeString(run.resolve("checkpoints"), "a file where the folder should be");
    assertThatThrownBy(() -> new Checkpoints(run, 1).save(5, files(1), Map.of()))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("cannot write the checkpoint")
        .hasMessageContaining("step-00000005");
  }
}
