package org.stabledino.detection.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import org.stabledino.nn.testing.Fixtures;

/** A recording: a safetensors file in memory and the JSON file beside it. */
final class TestTensors {
  private final Map<String, Object> header;
  private final byte[] bytes;
  private final int data;
  private final Map<String, Object> json;

  private TestTensors(byte[] bytes, byte[] json) {
    this.bytes = bytes;
    int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    data = 8 + length;
    header = TestJson.parse(Arrays.copyOfRange(bytes, 8, data));
    this.json = TestJson.parse(json);
  }

  /** A whole recording; skips where it is absent. */
  static TestTensors fixture(String name) {
    try {
      return new TestTensors(
          Files.readAllBytes(Fixtures.locate(name + ".safetensors")),
          Files.readAllBytes(Fixtures.locate(name + ".json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A recording among the test resources. */
  static TestTensors resource(String name) {
    return new TestTensors(resourceBytes(name + ".safetensors"), resourceBytes(name + ".json"));
  }

  private static byte[] resourceBytes(String name) {
    try (InputStream in = TestTensors.class.getResourceAsStream("/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Map<String, Object> json() {
    return json;
  }

  boolean has(String name) {
    return header.containsKey(name);
  }

  byte[] bytes(String name) {
    int[] range = TestJson.ints(TestJson.object(header.get(name)).get("data_offsets"));
    return Arrays.copyOfRange(bytes, data + range[0], data + range[1]);
  }

  private ByteBuffer buffer(String name) {
    return ByteBuffer.wrap(bytes(name)).order(ByteOrder.LITTLE_ENDIAN);
  }

  float[] floats(String name) {
    var view = buffer(name).asFloatBuffer();
    float[] values = new float[view.remaining()];
    view.get(values);
    return values;
  }

  double[] doubles(String name) {
    var view = buffer(name).asDoubleBuffer();
    double[] values = new double[view.remaining()];
    view.get(values);
    return values;
  }

  long[] longs(String name) {
    var view = buffer(name).asLongBuffer();
    long[] values = new long[view.remaining()];
    view.get(values);
    return values;
  }
}
