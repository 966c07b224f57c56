package org.stabledino.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.tensor.Tensor;

/** Forms of files that today's libraries on common machines no longer write. */
class PickledTensorsTest {
  private static final String START = "\u0080\u0002";

  @TempDir Path folder;

  private static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(String text) {
    return "U" + (char) text.length() + text;
  }

  /** A tensor [2] from a storage of some elements, of which it skips the first. */
  private static String view(String storageClass, String count, String part) {
    return "ctorch._utils\n_rebuild_tensor\n(("
        + text("storage")
        + "ctorch\n"
        + storageClass
        + "\n"
        + text("7")
        + text("cpu")
        + count
        + part
        + "tQK\u0001K\u0002\u0085K\u0001\u0085tR";
  }

  private static void stored(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  @Test
  void bigEndianMachines() throws IOException {
    Path path = folder.resolve("big.pth");
    String pickle = START + "}" + text("w") + view("FloatStorage", "K\u0003", "") + "s.";
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(path))) {
      stored(zip, "big/data.pkl", bytes(pickle));
      stored(zip, "big/byteorder", bytes("big"));
      stored(zip, "big/data/7", ByteBuffer.allocate(12).putFloat(4, 1.5f).putFloat(8, -2f).array());
    }
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.format()).isEqualTo("torch (zip)");
      assertThat(file.type("w")).isEqualTo(FileType.F32);
      assertThat(file.read("w").floats()).containsExactly(1.5f, -2f);
      assertThatThrownBy(() -> file.read("v"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("no tensor 'v' among its 1 tensors");
    }
    assertThatThrownBy(() -> TensorFile.open(path, "model"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has no section 'model'; its sections are none");
  }

  /** Before PyTorch 0.4 a storage could be a part of another: here elements 2 to 4 of 5. */
  @Test
  void partsOfStorages() throws IOException {
    Path path = folder.resolve("legacy.pth");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    // The magic number, the version, facts about the machine.
    out.write(bytes(START + "\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019."));
    out.write(bytes(START + "M\u00e9\u0003."));
    out.write(bytes(START + "}" + text("little_endian") + "\u0088s."));
    String part = "(" + text("9") + "K\u0002K\u0003t";
    out.write(bytes(START + "}" + text("w") + view("ShortStorage", "K\u0005", part) + "s."));
    out.write(bytes(START + "](" + text("7") + "e."));
    ByteBuffer storage = ByteBuffer.allocate(8 + 10).order(ByteOrder.LITTLE_ENDIAN).putLong(5);
    for (int i = 0; i < 5; i++) {
      storage.putShort((short) (-10 * i));
    }
    out.write(storage.array());
    Files.write(path, out.toByteArray());
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.format()).isEqualTo("torch (legacy)");
      assertThat(file.type("w")).isEqualTo(FileType.I16);
      assertThat(file.read("w").ints()).containsExactly(-30, -40);
    }
    Files.write(path, java.util.Arrays.copyOf(out.toByteArray(), out.size() - 1));
    assertThatThrownBy(() -> TensorFile.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("storage '7' at byte")
        .hasMessageContaining("is truncated or damaged");
  }

  @Test
  void bigEndianArraysAndNestedNames() throws IOException {
    Path path = folder.resolve("array.pkl");
    String type =
        "cnumpy\ndtype\n"
            + text("f8")
            + "K\u0000K\u0001\u0087R(K\u0003"
            + text(">")
            + "NNNJ\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\u0000tb";
    String data =
        new String(
            ByteBuffer.allocate(16).putDouble(0.25).putDouble(-3).array(),
            StandardCharsets.ISO_8859_1);
    String array =
        "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\u0000\u0085"
            + text("b")
            + "\u0087R"
            + "(K\u0001K\u0002\u0085"
            + type
            + "\u0089"
            + text(data)
            + "tb";
    Files.write(
        path,
        bytes(
            START
                + "}"
                + text("state_dict")
                + "}"
                + text("stem")
                + "}"
                + text("scale")
                + array
                + "sssU\u0005epochK\u0003s."));
    try (TensorFile file = TensorFile.open(path)) {
      assertThat(file.format()).isEqualTo("pickle, section 'state_dict'");
      assertThat(file.names()).containsExactly("stem.scale");
      Tensor tensor = file.read("stem.scale");
      assertThat(tensor.floats()).containsExactly(0.25f, -3f);
    }
  }
}
