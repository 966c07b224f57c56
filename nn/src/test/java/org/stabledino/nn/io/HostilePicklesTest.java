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
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files written to harm whoever reads them, byte by byte. */
@Timeout(60)
class HostilePicklesTest {
  @TempDir Path folder;

  /** A pickle in characters from 0 to 255, one a byte. */
  private Path pickle(String latin1) throws IOException {
    return Files.write(folder.resolve("hostile.pkl"), latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String little(long value, int bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes; i++) {
      text.append((char) (value >>> 8 * i & 0xff));
    }
    return text.toString();
  }

  private static String text(String text) {
    return "X" + little(text.length(), 4) + text;
  }

  private static final String START = "\u0080\u0002";

  private static final String ARRAY =
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0C\u0001btR";

  /** A state of two float32 numbers, the shape to be filled in. */
  private static String state(String shape, String data) {
    return "(K\u0001"
        + shape
        + "cnumpy\ndtype\n("
        + text("f4")
        + "\u0089\u0088tR\u0089"
        + data
        + "tb";
  }

  static Stream<Arguments> refused() {
    String dictionary = START + "}" + text("w");
    return Stream.of(
        Arguments.of("os.system", START + "cos\nsystem\n" + text("true") + "\u0085R.", "os.system"),
        Arguments.of(
            "a name from the stack",
            "\u0080\u0004" + text("posix") + text("system") + "\u0093.",
            "posix.system"),
        Arguments.of("a class instance", START + "(ios\nsystem\n.", "instruction INST"),
        Arguments.of("an object", START + "(o.", "instruction OBJ"),
        Arguments.of("a registered extension", START + "\u0082\u0001.", "instruction EXT1"),
        Arguments.of("a persistent name", START + "Pkey\n.", "instruction PERSID"),
        Arguments.of("an outside buffer", "\u0080\u0005\u0097.", "instruction NEXT_BUFFER"),
        Arguments.of("a text beyond the file", START + "X" + little(0xfffffff0L, 4) + "a", "needs"),
        Arguments.of(
            "bytes beyond the file", START + "\u008e" + little(1L << 62, 8) + "a", "needs"),
        Arguments.of("a negative length", START + "\u008d" + little(-1, 8), "needs"),
        Arguments.of("a frame beyond the file", "\u0080\u0004\u0095" + little(9999, 8), "needs"),
        Arguments.of("a long integer", START + "\u008b" + little(1 << 30, 4), "integer of"),
        Arguments.of("no end", START + "}", "truncated"),
        Arguments.of("an empty stack", START + ".", "empty stack"),
        Arguments.of("a mark as value", START + "(.", "mark"),
        Arguments.of("no mark", START + "t.", "lacks a mark"),
        Arguments.of("a memory that is empty", START + "h\u0007.", "never stored"),
        Arguments.of("no such protocol", "\u0080\u0006N.", "protocol 6"),
        Arguments.of("no instruction", START + "\u00ff", "no instruction 0xff"),
        Arguments.of("no dictionary", START + "N.", "holds no dictionary"),
        Arguments.of("a call of a type", START + "cnumpy\nndarray\n)R.", "must not be called"),
        Arguments.of("a call of a text", START + text("eval") + ")R.", "calls something"),
        Arguments.of("a state for a text", START + text("a") + "}b.", "gives a state"),
        Arguments.of(
            "an array without data",
            dictionary + ARRAY + state("K\u0002\u0085", "C\u0004abcd") + "s.",
            "4 bytes instead of 8"),
        Arguments.of(
            "an array of 2^62 elements",
            dictionary
                + ARRAY
                + state(
                    "J"
                        + little(1 << 30, 4)
                        + "J"
                        + little(1 << 30, 4)
                        + "J"
                        + little(4, 4)
                        + "\u0087",
                    "C\0")
                + "s.",
            "larger than 2^31"),
        Arguments.of(
            "an array with a negative extent",
            dictionary + ARRAY + state("J" + little(-1, 4) + "\u0085", "C\0") + "s.",
            "at least 0"),
        Arguments.of(
            "an array of objects",
            dictionary
                + ARRAY
                + "(K\u0001K\u0001\u0085cnumpy\ndtype\n("
                + text("O8")
                + "\u0089\u0088tR\u0089](Netbs.",
            "type O8"),
        Arguments.of(
            "a dictionary in itself",
            START + "}q\0" + text("model") + "}q\u0001" + text("a") + "h\u0001ss.",
            "in a loop"),
        Arguments.of(
            "another encoding",
            START + "c_codecs\nencode\n" + text("a") + text("zip") + "\u0086R.",
            "encoding 'zip'"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refused")
  void isRefusedInOneLine(String what, String content, String message) throws IOException {
    Path file = pickle(content);
    assertThatThrownBy(() -> TensorFile.open(file).close())
        .as(what)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("hostile.pkl")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void deepNestingCostsNothing() throws IOException {
    int depth = 300_000;
    String nested = START + "}" + text("w") + "(".repeat(depth) + "t".repeat(depth);
    Path file = pickle(nested + "s" + text("model") + "}s.");
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no tensors");
    StringBuilder dictionaries = new StringBuilder(START);
    dictionaries.append("}").append(text("model"));
    for (int i = 0; i < 1000; i++) {
      dictionaries.append("}").append(text("a"));
    }
    dictionaries.append("N").append("s".repeat(1000)).append("s.");
    Path deep = pickle(dictionaries.toString());
    assertThatThrownBy(() -> TensorFile.open(deep))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("8 deep");
  }

  /** A megabyte that asks for a list of 100,000 to be copied 150,000 times. */
  @Test
  void copiesAreCounted() throws IOException {
    String list = "](" + "N".repeat(100_000) + "eq\0" + "c__builtin__\nset\nq\u0001";
    Path file = pickle(START + list + "h\u0001h\0\u0085R0".repeat(150_000) + ".");
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("more than 4,000,000 instructions");
  }

  @Test
  void millionsOfInstructionsAreTooMany() throws IOException {
    Path file = pickle(START + "}0".repeat(2_000_001) + "}.");
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("more than 4,000,000 instructions");
  }

  /** Many names for one array: each is small, all together are not. */
  @Test
  void sharedDataIsCounted() throws IOException {
    StringBuilder content = new StringBuilder(START).append("}(").append(text("w"));
    int elements = 50_000;
    content.append(
        ARRAY
            + "q\u0005"
            + state(
                "J" + little(elements, 4) + "\u0085",
                "B" + little(4 * elements, 4) + "\0".repeat(4 * elements)));
    for (int i = 0; i < 2000; i++) {
      content.append(text("w" + i)).append("h\u0005");
    }
    Path file = pickle(content + "u.");
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("far more than the file's");
  }

  /** A torch file whose only tensor is (rows, columns) over a storage of one float. */
  private Path torch(String shape, String strides, int flags) throws IOException {
    String storage =
        "(" + text("storage") + "ctorch\nFloatStorage\n" + text("0") + text("cpu") + "K\u0001tQ";
    String view = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + "K\0" + shape + strides;
    String pickle = START + "}" + text("w") + view + "\u0089ccollections\nOrderedDict\n)RtRs.";
    Path file = folder.resolve("hostile.pth");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      entry(zip, "a/data.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1), flags);
      entry(zip, "a/data/0", new byte[4], 0);
    }
    return file;
  }

  private static void entry(ZipOutputStream zip, String name, byte[] content, int deflate)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    if (deflate == 0) {
      CRC32 crc = new CRC32();
      crc.update(content);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(crc.getValue());
    }
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  @Test
  void viewsStayInsideTheirStorage() throws IOException {
    Path good = torch("K\u0002K\u0003\u0086", "K\0K\0\u0086", 0);
    try (TensorFile file = TensorFile.open(good)) {
      assertThat(file.read("w").shape().dims()).containsExactly(2, 3);
    }
    Path beyond = torch("K\u0002K\u0003\u0086", "K\u0003K\u0001\u0086", 0);
    assertThatThrownBy(() -> TensorFile.open(beyond))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("needs more elements than the 1 of its storage");
    String huge = "J" + little(Integer.MAX_VALUE, 4);
    Path overflow =
        torch(
            "K\u0002K\u0002\u0086",
            huge + "\u008a\u0008" + little(Long.MAX_VALUE, 8) + "\u0086",
            0);
    assertThatThrownBy(() -> TensorFile.open(overflow))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("needs more elements");
    // One float repeated to a gigabyte.
    Path expanded = torch("J" + little(1 << 28, 4) + "\u0085", "K\0\u0085", 0);
    assertThatThrownBy(() -> TensorFile.open(expanded))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("far more than the file's");
  }

  @Test
  void compressedEntriesAreRefused() throws IOException {
    Path file = torch("K\u0001\u0085", "K\u0001\u0085", 1);
    assertThatThrownBy(() -> TensorFile.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("entry 'a/data.pkl' is compressed or encrypted");
  }

  /** The form for more than 4 GB, in small: all narrow fields are ones. */
  @Test
  void wideZipArchives() throws IOException {
    byte[] narrow = Files.readAllBytes(torch("K\u0001\u0085", "K\u0001\u0085", 0));
    ByteBuffer in = ByteBuffer.wrap(narrow).order(ByteOrder.LITTLE_ENDIAN);
    int end = narrow.length - 22;
    int start = in.getInt(end + 16);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(narrow, 0, start);
    int at = start;
    for (int i = 0; i < in.getShort(end + 10); i++) {
      int nameLength = in.getShort(at + 28);
      ByteBuffer entry = ByteBuffer.allocate(46 + nameLength + 28).order(ByteOrder.LITTLE_ENDIAN);
      entry.put(narrow, at, 46 + nameLength);
      entry.putShort((short) 1).putShort((short) 24);
      entry.putLong(in.getInt(at + 24)).putLong(in.getInt(at + 20)).putLong(in.getInt(at + 42));
      entry.putInt(20, -1).putInt(24, -1).putInt(42, -1).putShort(30, (short) 28);
      out.write(entry.array());
      at += 46 + nameLength + in.getShort(at + 30) + in.getShort(at + 32);
    }
    int wide = out.size();
    ByteBuffer tail = ByteBuffer.allocate(56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
    tail.putInt(0, 0x06064b50).putLong(4, 44).putLong(24, 2).putLong(32, 2);
    tail.putLong(40, wide - start).putLong(48, start);
    tail.putInt(56, 0x07064b50).putLong(64, wide).putInt(72, 1);
    tail.putInt(76, 0x06054b50).putShort(84, (short) -1).putShort(86, (short) -1);
    tail.putInt(88, -1).putInt(92, -1);
    out.write(tail.array());
    Path file = Files.write(folder.resolve("wide.pth"), out.toByteArray());
    try (TensorFile tensors = TensorFile.open(file)) {
      assertThat(tensors.read("w").floats()).containsExactly(0f);
    }
  }
}
