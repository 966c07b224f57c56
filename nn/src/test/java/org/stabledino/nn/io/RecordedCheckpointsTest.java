package org.stabledino.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.tensor.Tensor;

/** Files that {@code torch.save} and {@code pickle.dump} wrote, with the tensors they hold. */
@Tag("parity")
class RecordedCheckpointsTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "mixed_zip.pth, checkpoint/mixed.expected, torch (zip)",
    "mixed_zip_protocol4.pth, checkpoint/mixed.expected, torch (zip)",
    "mixed_legacy.pth, checkpoint/mixed.expected, torch (legacy)",
    "half_plain.pth, checkpoint/half_plain.expected, torch (zip)",
    "legacy_small.pth, checkpoint/detectron2_style_with_optimizer.expected, torch (legacy)",
    "detectron2_style_with_optimizer.pth,"
        + " checkpoint/detectron2_style_with_optimizer.expected, torch (zip)",
    "plain_state_dict.pth, model_tiny/stable/state_dict, torch (zip)",
    "detectron2_style.pth, model_tiny/stable/state_dict, torch (zip)",
  })
  void torchFiles(String file, String expected, String format) {
    try (TensorFile actual = TensorFile.open(Fixtures.locate("checkpoint/" + file));
        SafeTensors recorded = SafeTensors.open(Fixtures.locate(expected + ".safetensors"))) {
      assertThat(actual.format()).startsWith(format);
      // The recorded dictionary names aliased parameters once.
      assertThat(actual.names()).containsAll(recorded.names());
      Set<String> more = new TreeSet<>(actual.names());
      more.removeAll(recorded.names());
      assertThat(more).allMatch(name -> name.contains("_embed."));
      for (String name : recorded.names()) {
        assertSame(name, actual, recorded, name);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2", "3", "4", "5"})
  void detectron2Files(int protocol) {
    Path path = Fixtures.locate("checkpoint/r50_style_p%d.pkl".formatted(protocol));
    try (TensorFile actual = TensorFile.open(path);
        SafeTensors recorded =
            SafeTensors.open(Fixtures.locate("checkpoint/r50_style.expected.safetensors"))) {
      assertThat(actual.format()).isEqualTo("pickle, section 'model'");
      assertThat(actual.names()).containsAll(recorded.names());
      for (String name : recorded.names()) {
        assertSame(name, actual, recorded, name);
      }
    }
  }

  @Test
  void filesOfPythonTwo() {
    Path path = Fixtures.locate("checkpoint/r50_style_latin1_py2.pkl");
    try (TensorFile actual = TensorFile.open(path)) {
      assertThat(actual.format()).isEqualTo("pickle, section 'blobs'");
      assertThat(actual.names()).hasSize(6);
      try (SafeTensors recorded =
          SafeTensors.open(Fixtures.locate("checkpoint/r50_style.expected.safetensors"))) {
        List<String> names = List.copyOf(recorded.names());
        int found = 0;
        for (String name : names) {
          if (actual.names().contains(name.replace('.', '_'))) {
            assertSame(name, actual, recorded, name.replace('.', '_'));
            found++;
          }
        }
        assertThat(found).isEqualTo(6);
      }
    }
  }

  private static void assertSame(
      String what, TensorFile actual, SafeTensors recorded, String actualName) {
    Tensor expected = recorded.read(what);
    Tensor read = actual.read(actualName);
    assertThat(actual.shape(actualName)).as(what).isEqualTo(expected.shape());
    assertThat(read.shape()).as(what).isEqualTo(expected.shape());
    assertThat(read.dtype()).as(what).isEqualTo(expected.dtype());
    assertThat(actual.dtype(actualName)).as(what).isEqualTo(expected.dtype());
    switch (read.dtype()) {
      case FLOAT32 -> assertThat(read.floats()).as(what).isEqualTo(expected.floats());
      case INT64 -> assertThat(read.longs()).as(what).isEqualTo(expected.longs());
      case INT32 -> assertThat(read.ints()).as(what).isEqualTo(expected.ints());
      default -> assertThat(read.bytes()).as(what).isEqualTo(expected.bytes());
    }
  }

  @Test
  void aCallIsRefusedByName() {
    Path path = Fixtures.locate("checkpoint/must_refuse_global.pth");
    assertThatThrownBy(() -> TensorFile.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(".pth")
        .hasMessageContaining("__builtin__.eval")
        .hasMessageContaining("at byte 185")
        .hasMessageContaining("nothing of it was executed");
  }
}
