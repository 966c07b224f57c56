package org.stabledino.autograd.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.stabledino.autograd.Variable;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * One file of recorded inputs, outputs and gradients of the published reference: an 8-byte header
 * length, a JSON header, then little-endian data.
 */
final class Recording {
  private static final Pattern ENTRY =
      Pattern.compile(
          "\"([^\"]+)\"\\s*:\\s*\\{\\s*\"dtype\"\\s*:\\s*\"(\\w+)\"\\s*,"
              + "\\s*\"shape\"\\s*:\\s*\\[([^\\]]*)\\]\\s*,"
              + "\\s*\"data_offsets\"\\s*:\\s*\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*\\]");

  private record Entry(String dtype, int[] dims, int from, int to) {}

  private final String name;
  private final Device device;
  private final Map<String, Entry> entries = new HashMap<>();
  private final ByteBuffer data;

  private Recording(String name, Device device, byte[] file) {
    this.name = name;
    this.device = device;
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(buffer.getLong());
    Matcher matcher = ENTRY.matcher(new String(file, 8, header, StandardCharsets.UTF_8));
    while (matcher.find()) {
      int[] dims =
          Stream.of(matcher.group(3).split(","))
              .map(String::strip)
              .filter(s -> !s.isEmpty())
              .mapToInt(Integer::parseInt)
              .toArray();
      entries.put(
          matcher.group(1),
          new Entry(
              matcher.group(2),
              dims,
              Integer.parseInt(matcher.group(4)),
              Integer.parseInt(matcher.group(5))));
    }
    data = buffer.slice(8 + header, file.length - 8 - header).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads {@code ops/NAME.safetensors} of the recordings, or the test's own copy of it; leaves and
   * constants are made on the device.
   */
  static Recording open(String name, Device device) {
    String file = "ops/" + name + ".safetensors";
    Path path = Path.of(System.getProperty("fixtures", "../shared/fixtures"), file);
    try {
      if (Files.exists(path)) {
        return new Recording(name, device, Files.readAllBytes(path));
      }
      try (InputStream copy = Recording.class.getResourceAsStream("/fixtures/" + file)) {
        assumeTrue(copy != null, "no recordings at " + path);
        return new Recording(name, device, copy.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String key) {
    return entries.containsKey(key);
  }

  /** A recorded float32 tensor on the device. */
  Tensor constant(String key) {
    return floats(key).to(device);
  }

  /** A recorded feature map on the device, turned from NCHW to NHWC. */
  Tensor constantMap(String key) {
    return channelsLast(floats(key)).to(device);
  }

  /** A recorded float32 tensor on the CPU. */
  Tensor floats(String key) {
    Entry entry = entry(key, "F32");
    float[] values = new float[(entry.to - entry.from) / 4];
    data.slice(entry.from, entry.to - entry.from)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return Tensor.of(values, entry.dims);
  }

  /** Recorded 64-bit integers. */
  long[] longs(String key) {
    Entry entry = entry(key, "I64");
    long[] values = new long[(entry.to - entry.from) / 8];
    data.slice(entry.from, entry.to - entry.from)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asLongBuffer()
        .get(values);
    return values;
  }

  /** A recorded mask as 0 and 1. */
  float[] bools(String key) {
    Entry entry = entry(key, "BOOL");
    float[] values = new float[entry.to - entry.from];
    for (int i = 0; i < values.length; i++) {
      values[i] = data.get(entry.from + i);
    }
    return values;
  }

  /** A leaf with a recorded value, or null if there is none. */
  Variable leaf(String key) {
    return has(key) ? Variable.leaf(constant(key)) : null;
  }

  /** A leaf with a recorded feature map, turned from NCHW to NHWC. */
  Variable map(String key) {
    return Variable.leaf(constantMap(key));
  }

  private Entry entry(String key, String dtype) {
    Entry entry = entries.get(key);
    assertThat(entry).as("%s of %s", key, name).isNotNull();
    assertThat(entry.dtype).as("type of %s", key).isEqualTo(dtype);
    return entry;
  }

  /** Compares element by element: {@code |got - expected| <= relative * A + absolute}. */
  void assertClose(String key, Tensor got, Tensor expected, double relative, double absolute) {
    assertThat(got.shape()).as("shape of %s in %s", key, name).isEqualTo(expected.shape());
    float[] a = got.toFloats();
    float[] b = expected.toFloats();
    double largest = 0;
    for (float value : b) {
      largest = Math.max(largest, Math.abs(value));
    }
    double allowed = relative * largest + absolute;
    for (int i = 0; i < a.length; i++) {
      assertThat(Math.abs((double) a[i] - b[i]))
          .as("%s of %s at %d: got %g, expected %g", key, name, i, a[i], b[i])
          .isLessThanOrEqualTo(allowed);
    }
  }

  /** [N, C, H, W] as [N, H, W, C]. */
  static Tensor channelsLast(Tensor x) {
    int n = x.dim(0);
    int c = x.dim(1);
    int h = x.dim(2);
    int w = x.dim(3);
    float[] out = new float[x.size()];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < c; j++) {
        for (int k = 0; k < h; k++) {
          for (int l = 0; l < w; l++) {
            out[((i * h + k) * w + l) * c + j] = x.get(i, j, k, l);
          }
        }
      }
    }
    return Tensor.of(out, n, h, w, c);
  }
}
