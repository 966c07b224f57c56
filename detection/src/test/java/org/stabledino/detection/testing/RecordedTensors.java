package org.stabledino.detection.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The arrays of a safetensors file, as plain Java arrays. */
public final class RecordedTensors {
  private final ByteBuffer data;
  private final RecordedJson header;

  private RecordedTensors(ByteBuffer data, RecordedJson header) {
    this.data = data;
    this.header = header;
  }

  public static RecordedTensors read(Path file) {
    try {
      ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      int length = Math.toIntExact(all.getLong(0));
      String text = new String(all.array(), 8, length, StandardCharsets.UTF_8);
      try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
        int start = 8 + length;
        return new RecordedTensors(
            all.slice(start, all.capacity() - start).order(ByteOrder.LITTLE_ENDIAN),
            RecordedJson.of(parser));
      }
    } catch (IOException e) {
      throw new AssertionError(file + " cannot be read", e);
    }
  }

  public boolean has(String name) {
    return header.has(name);
  }

  public int[] shape(String name) {
    return header.get(name).get("shape").list().stream().mapToInt(d -> (int) d.asLong()).toArray();
  }

  public double[] doubles(String name) {
    double[] values = new double[bytes(name, "F64").remaining() / 8];
    bytes(name, "F64").asDoubleBuffer().get(values);
    return values;
  }

  public float[] floats(String name) {
    float[] values = new float[bytes(name, "F32").remaining() / 4];
    bytes(name, "F32").asFloatBuffer().get(values);
    return values;
  }

  public int[] ints(String name) {
    long[] values = new long[bytes(name, "I64").remaining() / 8];
    bytes(name, "I64").asLongBuffer().get(values);
    int[] narrow = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = Math.toIntExact(values[i]);
    }
    return narrow;
  }

  private ByteBuffer bytes(String name, String dtype) {
    RecordedJson entry = header.get(name);
    if (!entry.get("dtype").asString().equals(dtype)) {
      throw new AssertionError(name + " is " + entry.get("dtype").asString() + ", not " + dtype);
    }
    int from = (int) entry.get("data_offsets").list().get(0).asLong();
    int to = (int) entry.get("data_offsets").list().get(1).asLong();
    return data.slice(from, to - from).order(ByteOrder.LITTLE_ENDIAN);
  }
}
