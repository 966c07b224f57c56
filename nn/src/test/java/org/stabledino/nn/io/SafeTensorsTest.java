package org.stabledino.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

class SafeTensorsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatIsWrittenIsRead(long seed) {
    Random random = new Random(seed);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 12; i++) {
      int rank = random.nextInt(4);
      int[] dims = random.ints(rank, 0, 9).toArray();
      int size = Tensor.zeros(dims).size();
      tensors.put("tensor." + i + " \"quoted\" ü", randomTensor(random, i, size, dims));
    }
    // More than one chunk of the writer.
    tensors.put("large", randomTensor(random, 0, 300_001, 300_001));
    Path path = folder.resolve("round.safetensors");
    SafeTensors.write(path, tensors, Map.of("step", "5000", "note", "line\nbreak"));
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.names()).containsExactlyInAnyOrderElementsOf(tensors.keySet());
      assertThat(file.metadata())
          .containsEntry("step", "5000")
          .containsEntry("note", "line\nbreak");
      tensors.forEach(
          (name, tensor) -> {
            assertThat(file.shape(name)).isEqualTo(tensor.shape());
            Tensor read = file.read(name);
            assertThat(read.dtype()).isEqualTo(tensor.dtype());
            assertThat(array(read)).isEqualTo(array(tensor));
          });
    }
  }

  private static Tensor randomTensor(Random random, int kind, int size, int... dims) {
    return switch (kind % 5) {
      case 0 -> {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
          values[i] = Float.intBitsToFloat(random.nextInt() & ~0x400000);
        }
        yield Tensor.of(values, dims);
      }
      case 1 -> Tensor.of(random.longs(size).toArray(), dims);
      case 2 -> Tensor.of(random.ints(size).toArray(), dims);
      case 3 -> {
        byte[] values = new byte[size];
        random.nextBytes(values);
        yield Tensor.of(DType.UINT8, values, dims);
      }
      default -> Tensor.of(DType.BOOL, new byte[size], dims);
    };
  }

  private static Object array(Tensor tensor) {
    return switch (tensor.dtype()) {
      case FLOAT32 -> {
        int[] bits = new int[tensor.size()];
        for (int i = 0; i < bits.length; i++) {
          bits[i] = Float.floatToRawIntBits(tensor.floats()[tensor.offset() + i]);
        }
        yield bits;
      }
      case INT64 -> tensor.longs();
      case INT32 -> tensor.ints();
      default -> tensor.bytes();
    };
  }

  @Test
  void slicesAreWrittenFromTheirOffset() {
    Tensor rows = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 3, 2);
    Path path = folder.resolve("slice");
    SafeTensors.write(path, Map.of("row", rows.narrow(1, 2)), Map.of());
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read("row").toFloats()).containsExactly(2, 3);
    }
  }

  @Test
  void narrowAndWideFloatsBecomeFloat32() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(1.0 / 3).putDouble(-2e300).putShort((short) 0x3555).putShort((short) 0xC0A0);
    Path path =
        write(
            "{\"d\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                + "\"h\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[16,18]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[18,20]}}",
            data.array());
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read("d").toFloats()).containsExactly(1f / 3, Float.NEGATIVE_INFINITY);
      assertThat(file.readDoubles("d")).containsExactly(1.0 / 3, -2e300);
      assertThat(file.read("h").toFloats()).containsExactly(0.33325195f);
      assertThat(file.read("b").toFloats()).containsExactly(-5f);
      assertThat(file.type("b")).isEqualTo(FileType.BF16);
      assertThatThrownBy(() -> file.read("absent"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("absent");
    }
  }

  static Stream<Arguments> hostile() {
    String a = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
    return Stream.of(
        Arguments.of("{" + a, 8, "JSON"),
        Arguments.of("[1]", 8, "no JSON object"),
        Arguments.of("{" + a + "} x", 8, "JSON"),
        Arguments.of("{" + a + "}{}", 8, "closing brace"),
        Arguments.of("{" + a + "}", 7, "truncated"),
        Arguments.of("{" + a + "}", 9, "follow the last tensor"),
        Arguments.of("{" + a + "," + a + "}", 8, "twice"),
        Arguments.of("{" + a + "," + a.replace("\"a\"", "\"b\"") + "}", 8, "overlaps"),
        Arguments.of("{" + a.replace("[0,8]", "[4,12]") + "}", 12, "hole"),
        Arguments.of("{" + a.replace("[0,8]", "[8,0]") + "}", 8, "'a' lies at bytes"),
        Arguments.of("{" + a.replace("[0,8]", "[-8,0]") + "}", 8, "non-negative"),
        Arguments.of("{" + a.replace("[0,8]", "[0,8,9]") + "}", 8, "at most 2"),
        Arguments.of("{" + a.replace("[0,8]", "[0,99999999999999999999]") + "}", 8, "non-negative"),
        Arguments.of("{" + a.replace("[2]", "[3]") + "}", 8, "needs 12 bytes"),
        Arguments.of("{" + a.replace("[2]", "[4611686018427387904,4]") + "}", 8, "too large"),
        Arguments.of(
            "{" + a.replace("[2]", "[2147483647,2147483647,2147483647]") + "}", 8, "too large"),
        Arguments.of("{" + a.replace("[2]", "[" + "1,".repeat(40) + "2]") + "}", 8, "at most 16"),
        Arguments.of("{" + a.replace("[2]", "[2.0]") + "}", 8, "non-negative integers"),
        Arguments.of("{" + a.replace("F32", "F8_E5M2") + "}", 8, "F8_E5M2"),
        Arguments.of("{" + a.replace("dtype", "type") + "}", 8, "unknown key 'type'"),
        Arguments.of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "lacks"),
        Arguments.of("{\"a\":7}", 8, "no JSON object"),
        Arguments.of("{\"__metadata__\":{\"k\":1}," + a + "}", 8, "no string"),
        Arguments.of("[".repeat(100_000), 8, "JSON"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void hostileHeadersAreRefusedInOneLine(String header, int dataBytes, String complaint)
      throws IOException {
    Path path = write(header, new byte[dataBytes]);
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining(complaint)
        .extracting(e -> e.getMessage().lines().count())
        .isEqualTo(1L);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 100_000_001, Long.MAX_VALUE, Long.MIN_VALUE})
  void hostileHeaderLengthsAreRefused(long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Path path = Files.write(folder.resolve("length"), bytes.array());
    assertThatThrownBy(() -> SafeTensors.open(path))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("length");
  }

  @Test
  void everyTruncationIsNoticed() throws IOException {
    Path path = folder.resolve("whole");
    SafeTensors.write(path, Map.of("a", Tensor.zeros(3), "b", Tensor.of(new long[2], 2)), Map.of());
    byte[] whole = Files.readAllBytes(path);
    for (int length = 0; length < whole.length; length++) {
      Path cut = Files.write(folder.resolve("cut"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> SafeTensors.open(cut)).isInstanceOf(CheckpointException.class);
    }
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> SafeTensors.open(folder.resolve("nowhere.safetensors")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("nowhere.safetensors: no such file");
  }

  @Test
  void anInterruptedWriteLeavesTheFormerFile() throws IOException {
    Path path = folder.resolve("last");
    SafeTensors.write(path, Map.of("a", Tensor.full(7f, 3)), Map.of());
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    path,
                    channel -> {
                      AtomicFile.writeFully(channel, ByteBuffer.wrap(new byte[100]));
                      throw new IOException("No space left on device");
                    }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("No space left on device; free some space");
    try (SafeTensors file = SafeTensors.open(path)) {
      assertThat(file.read("a").toFloats()).containsExactly(7, 7, 7);
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(path);
    }
  }

  @Test
  void aFullDiskIsReported() {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "skipped: this system has no /dev/full");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    folder.resolve("file"),
                    _ -> Files.write(full, new byte[1], StandardOpenOption.WRITE)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("No space left on device");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void anAbsentFolderIsNamed() {
    assertThatThrownBy(() -> SafeTensors.write(folder.resolve("no/where"), Map.of(), Map.of()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not exist; create it first");
  }

  private Path write(String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).put(data);
    return Files.write(folder.resolve("crafted.safetensors"), bytes.array());
  }
}
