package org.stabledino.nn.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * An open safetensors file: an 8-byte little-endian header length, a JSON header, raw little-endian
 * tensors. The file is mapped into memory, so only tensors that are read cost anything.
 *
 * {@snippet :
 * SafeTensors.write(path, model.stateDict(), Map.of("step", "5000"));
 * try (SafeTensors file = SafeTensors.open(path)) {
 *   Tensor weight = file.read("backbone.stem.conv1.weight");
 * }
 * }
 */
public final class SafeTensors implements TensorFile {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The format's own limit. */
  private static final long MAX_HEADER_BYTES = 100_000_000;

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final SafeTensorsHeader header;

  private SafeTensors(Path path, Arena arena, MemorySegment data, SafeTensorsHeader header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /**
   * Maps a file and checks its header.
   *
   * @param path the file
   * @return the open file
   * @throws CheckpointException if it cannot be read or is not a valid safetensors file
   */
  public static SafeTensors open(Path path) {
    Arena arena = Arena.ofShared();
    boolean done = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      long headerBytes = headerLength(path, file);
      byte[] json = file.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
      MemorySegment data = file.asSlice(8 + headerBytes);
      SafeTensorsHeader header = SafeTensorsHeader.parse(path, json, data.byteSize());
      done = true;
      return new SafeTensors(path, arena, data, header);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path + ": no such file", e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read (%s)".formatted(path, e.getMessage()), e);
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  private static long headerLength(Path path, MemorySegment file) {
    if (file.byteSize() < 10) {
      throw new CheckpointException(
          "%s: %d bytes are too few for a safetensors file; it is truncated or something else"
              .formatted(path, file.byteSize()));
    }
    long length = file.get(LONG, 0);
    if (length < 2 || length > MAX_HEADER_BYTES || length > file.byteSize() - 8) {
      throw new CheckpointException(
          "%s: the header's length %s does not fit a file of %d bytes; it is truncated or no safetensors file"
              .formatted(path, Long.toUnsignedString(length), file.byteSize()));
    }
    return length;
  }

  @Override
  public String origin() {
    return path.toString();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(header.tensors().keySet());
  }

  @Override
  public String format() {
    return "safetensors";
  }

  /**
   * The free text of the header.
   *
   * @return by key
   */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  @Override
  public Shape shape(String name) {
    return entry(name).shape();
  }

  @Override
  public DType dtype(String name) {
    return entry(name).type().dtype();
  }

  @Override
  public FileType type(String name) {
    return entry(name).type();
  }

  @Override
  public Tensor read(String name) {
    SafeTensorsHeader.Entry entry = entry(name);
    return StridedTensor.dense(
            entry.type(), ByteOrder.LITTLE_ENDIAN, bytes(entry), entry.shape().dims())
        .read();
  }

  /**
   * Reads a tensor of any floating-point type in double precision.
   *
   * @param name one of {@link #names}
   * @return its elements, row-major
   */
  public double[] readDoubles(String name) {
    SafeTensorsHeader.Entry entry = entry(name);
    if (entry.type() == FileType.F64) {
      return bytes(entry).toArray(DOUBLE);
    }
    float[] floats = read(name).floats();
    double[] doubles = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  private MemorySegment bytes(SafeTensorsHeader.Entry entry) {
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  private SafeTensorsHeader.Entry entry(String name) {
    SafeTensorsHeader.Entry entry = header.tensors().get(name);
    if (entry == null) {
      throw new CheckpointException(
          "%s: no tensor '%s' among its %d tensors".formatted(path, name, header.tensors().size()));
    }
    return entry;
  }

  /** Unmaps the file; tensors that were read stay valid. */
  @Override
  public void close() {
    arena.close();
  }

  /**
   * Writes a file, atomically: see {@link AtomicFile}.
   *
   * @param path the file to create or replace
   * @param tensors CPU tensors by name; their order is kept within each element size
   * @param metadata free text by key; may be empty
   * @throws CheckpointException if it cannot be written; a former file is then untouched
   */
  public static void write(Path path, Map<String, Tensor> tensors, Map<String, String> metadata) {
    write(path, TensorSource.of("memory", tensors), metadata);
  }

  /**
   * Writes a file from any source, atomically, holding no more than one of its tensors at a time.
   *
   * @param path the file to create or replace
   * @param tensors all of them are written; their order is kept within each element size
   * @param metadata free text by key; may be empty
   * @throws CheckpointException if a tensor cannot be read or the file cannot be written; a former
   *     file is then untouched
   */
  public static void write(Path path, TensorSource tensors, Map<String, String> metadata) {
    SafeTensorsWriter writer = new SafeTensorsWriter(tensors, metadata);
    AtomicFile.write(path, writer::writeTo);
  }
}
