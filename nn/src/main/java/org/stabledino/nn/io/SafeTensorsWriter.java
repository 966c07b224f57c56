package org.stabledino.nn.io;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Lays out and writes a safetensors file. */
final class SafeTensorsWriter {
  private static final int CHUNK_BYTES = 1 << 20;

  private final TensorSource source;
  private final List<String> names;
  private final Map<String, String> metadata;

  SafeTensorsWriter(TensorSource source, Map<String, String> metadata) {
    this.source = source;
    this.names = new ArrayList<>(source.names());
    // Wide elements first: then every tensor is aligned for readers that map the file.
    names.sort(Comparator.comparingInt((String name) -> -FileType.of(source.dtype(name)).bytes()));
    this.metadata = metadata;
  }

  void writeTo(FileChannel channel) throws IOException {
    byte[] header = header();
    ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    length.putLong(0, header.length);
    AtomicFile.writeFully(channel, length);
    AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (String name : names) {
      write(source.read(name), channel, chunk);
    }
  }

  private byte[] header() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json =
        new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectPropertyStart(SafeTensorsHeader.METADATA);
        metadata.forEach(json::writeStringProperty);
        json.writeEndObject();
      }
      long begin = 0;
      for (String name : names) {
        begin = describe(json, name, begin);
      }
      json.writeEndObject();
    }
    // Spaces fill up, so that the data starts at a multiple of 8.
    int unpadded = bytes.size();
    byte[] header = Arrays.copyOf(bytes.toByteArray(), (unpadded + 7) / 8 * 8);
    Arrays.fill(header, unpadded, header.length, (byte) ' ');
    return header;
  }

  /** Writes one entry and returns where the next tensor begins. */
  private long describe(JsonGenerator json, String name, long begin) {
    FileType type = FileType.of(source.dtype(name));
    Shape shape = source.shape(name);
    long end = begin + (long) shape.size() * type.bytes();
    json.writeObjectPropertyStart(name);
    json.writeStringProperty("dtype", type.name());
    json.writeArrayPropertyStart("shape");
    for (int dim : shape.dims()) {
      json.writeNumber(dim);
    }
    json.writeEndArray();
    json.writeArrayPropertyStart("data_offsets");
    json.writeNumber(begin);
    json.writeNumber(end);
    json.writeEndArray();
    json.writeEndObject();
    return end;
  }

  private static void write(Tensor tensor, FileChannel channel, ByteBuffer chunk)
      throws IOException {
    Tensor host = tensor.to(Device.CPU);
    int bytes = FileType.of(tensor.dtype()).bytes();
    int step = CHUNK_BYTES / bytes;
    int from = 0;
    while (from < tensor.size()) {
      int count = Math.min(step, tensor.size() - from);
      chunk.clear();
      put(host, from, count, chunk);
      chunk.limit(count * bytes);
      AtomicFile.writeFully(channel, chunk);
      from += count;
    }
  }

  /** Copies elements to the start of the buffer; its position stays. */
  private static void put(Tensor tensor, int from, int count, ByteBuffer buffer) {
    int start = tensor.offset() + from;
    switch (tensor.dtype()) {
      case FLOAT32 -> buffer.asFloatBuffer().put(tensor.floats(), start, count);
      case FLOAT64 -> buffer.asDoubleBuffer().put(tensor.doubles(), start, count);
      case INT64 -> buffer.asLongBuffer().put(tensor.longs(), start, count);
      case INT32 -> buffer.asIntBuffer().put(tensor.ints(), start, count);
      case UINT8, BOOL -> buffer.put(0, tensor.bytes(), start, count);
      case FLOAT16, BFLOAT16 ->
          throw new IllegalArgumentException("a CPU tensor of " + tensor.dtype() + " has no array");
    }
  }
}
