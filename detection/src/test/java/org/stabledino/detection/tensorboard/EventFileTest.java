package org.stabledino.detection.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.UserException;

/** Reads event files back with a decoder that shares nothing with the encoder. */
class EventFileTest {
  @TempDir Path folder;

  /** The data of each record, after both of its checksums were found right. */
  private static List<byte[]> records(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> records = new ArrayList<>();
    while (bytes.hasRemaining()) {
      byte[] head = new byte[8];
      bytes.get(head);
      assertThat(bytes.getInt()).isEqualTo(masked(head));
      byte[] data = new byte[(int) ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong()];
      bytes.get(data);
      assertThat(bytes.getInt()).isEqualTo(masked(data));
      records.add(data);
    }
    return records;
  }

  /** The checksum, bit by bit from the reversed polynomial of CRC-32C. */
  private static int masked(byte[] data) {
    int crc = ~0;
    for (byte b : data) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc >>> 1) ^ (0x82f63b78 & -(crc & 1));
      }
    }
    crc = ~crc;
    return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
  }

  /** The fields of a message by number: numbers, or bytes. */
  private static Map<Integer, List<Object>> fields(byte[] message) {
    ByteBuffer bytes = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
    Map<Integer, List<Object>> fields = new TreeMap<>();
    while (bytes.hasRemaining()) {
      long key = varint(bytes);
      Object value =
          switch ((int) (key & 7)) {
            case 0 -> varint(bytes);
            case 1 -> bytes.getDouble();
            case 2 -> {
              byte[] inner = new byte[(int) varint(bytes)];
              bytes.get(inner);
              yield inner;
            }
            case 5 -> bytes.getFloat();
            default -> throw new AssertionError("wire type of key " + key);
          };
      fields.computeIfAbsent((int) (key >>> 3), _ -> new ArrayList<>()).add(value);
    }
    return fields;
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  private static Object one(Map<Integer, List<Object>> fields, int number) {
    assertThat(fields.get(number)).hasSize(1);
    return fields.get(number).getFirst();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    }
  }

  @Test
  void theChecksumIsThatOfThePublishedVectors() {
    // RFC 3720, B.4: 32 bytes of zeros have the CRC-32C 8a9136aa.
    int crc = 0x8a9136aa;
    assertThat(masked(new byte[32])).isEqualTo(((crc >>> 15) | (crc << 17)) + 0xa282ead8);
  }

  @Test
  void aRecordIsWhatTensorFlowWrites() {
    // The first record of TensorFlow's own event files of version 2, but for the time, which is 0.
    byte[] event = HexFormat.of().parseHex("0900000000000000001a0d" + hex("brain.Event:2"));
    byte[] message = new ProtoMessage().real(1, 0.0).text(3, "brain.Event:2").toBytes();
    assertThat(message).isEqualTo(event);
    assertThat(EventFile.record(message))
        .hasSize(8 + 4 + 24 + 4)
        .startsWith(24, 0, 0, 0, 0, 0, 0, 0);
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void scalarsComeBackAsTheyWereWritten() throws IOException {
    Map<String, Double> first = new LinkedHashMap<>();
    first.put("train/loss", 31.5);
    first.put("val/AP", 0.123456789);
    double before = System.currentTimeMillis() / 1000.0;
    try (EventFile events = EventFile.create(folder, 40)) {
      events.scalars(60, first);
      events.scalars(5_000_000_000L, Map.of("train/löss", -1e-30));
    }
    assertThat(files()).singleElement().asString().contains("tfevents");
    List<byte[]> records = records(files().getFirst());
    assertThat(records).hasSize(4);

    Map<Integer, List<Object>> version = fields(records.get(0));
    assertThat(new String((byte[]) one(version, 3), StandardCharsets.UTF_8))
        .isEqualTo("brain.Event:2");
    assertThat((Double) one(version, 1)).isBetween(before - 1, before + 60);

    Map<Integer, List<Object>> start = fields(records.get(1));
    assertThat(one(start, 2)).isEqualTo(41L);
    assertThat(one(fields((byte[]) one(start, 7)), 1)).isEqualTo(1L);

    Map<Integer, List<Object>> scalars = fields(records.get(2));
    assertThat(one(scalars, 2)).isEqualTo(60L);
    assertThat(values(scalars))
        .containsExactly(Map.entry("train/loss", 31.5f), Map.entry("val/AP", 0.123456789f));

    Map<Integer, List<Object>> large = fields(records.get(3));
    assertThat(one(large, 2)).isEqualTo(5_000_000_000L);
    assertThat(values(large)).containsExactly(Map.entry("train/löss", -1e-30f));
  }

  private static List<Map.Entry<String, Float>> values(Map<Integer, List<Object>> event) {
    return fields((byte[]) one(event, 5)).get(1).stream()
        .map(value -> fields((byte[]) value))
        .map(
            value ->
                Map.entry(
                    new String((byte[]) one(value, 1), StandardCharsets.UTF_8),
                    (Float) one(value, 2)))
        .toList();
  }

  @Test
  void everyStartHasItsOwnFile() throws IOException {
    EventFile.create(folder, 0).close();
    EventFile.create(folder, 0).close();
    assertThat(files()).hasSize(2);
  }

  @Test
  void aFolderThatCannotBeMadeIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> EventFile.create(file, 0))
        .isInstanceOf(UserException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("train.tensorBoard=false");
  }
}
