package org.stabledino.detection.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void replacesWhatWasThere() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");
    AtomicFile.write(file, out -> out.write("new".getBytes(StandardCharsets.UTF_8)));
    assertThat(file).hasContent("new");
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }

  @Test
  void aWriterMayCloseTheStreamAndTheFolderMayBeMissing() {
    Path file = folder.resolve("new/deep/a.json");
    AtomicFile.write(
        file,
        out -> {
          try (JsonGenerator json =
              new JsonFactory().createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeString("whole");
          }
        });
    assertThat(file).hasContent("\"whole\"");
    AtomicFile.writeText(file, "grün");
    assertThat(file).hasContent("grün");
  }

  @Test
  void aFullDiskIsNamedAlsoWhereJsonIsWritten() {
    Path file = folder.resolve("a.json");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    _ -> {
                      throw JacksonIOException.construct(
                          new IOException("No space left on device"));
                    }))
        .isInstanceOf(UserException.class)
        .hasMessage(
            "cannot write %s: No space left on device; free some space or choose another folder"
                .formatted(file));
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFileInTheWayOfAFolderIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "in the way");
    assertThatThrownBy(() -> AtomicFile.writeText(file.resolve("b/c.txt"), "text"))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(file + " is a file; give another folder");
    assertThat(file).hasContent("in the way");
  }

  @Test
  void keepsWhatWasThereWhereWritingFails() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IOException("no space left");
                    }))
        .isInstanceOf(UserException.class)
        .hasMessageContaining("cannot write ")
        .hasMessageContaining("a.txt")
        .hasMessageContaining("no space left");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("a.txt");
  }
}
