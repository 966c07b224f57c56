package org.stabledino.nn.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import org.stabledino.nn.io.pickle.UnpicklingException;

/** Recognises files of tensors by their first bytes. */
final class TensorFiles {
  private static final int ZIP = 0x04034b50;
  private static final int EMPTY_ZIP = 0x06054b50;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** What a pickle of protocol 0 or 1 of some container starts with. */
  private static final String OLD_PICKLE = "(]})c";

  private static final int SHOWN = 16;

  private TensorFiles() {}

  static TensorFile open(Path path, String section) {
    if (isSafeTensors(path)) {
      if (!section.isEmpty()) {
        throw new CheckpointException(
            "%s: a safetensors file has no sections; leave '%s' out".formatted(path, section));
      }
      return SafeTensors.open(path);
    }
    Arena arena = Arena.ofShared();
    boolean done = false;
    try {
      MemorySegment file = map(path, arena);
      TensorFile tensors = read(path, arena, file, section);
      done = true;
      return tensors;
    } catch (UnpicklingException e) {
      throw new CheckpointException("%s: %s".formatted(path, e.getMessage()), e);
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  private static MemorySegment map(Path path, Arena arena) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(path + ": no such file; check its name", e);
    } catch (IOException e) {
      String reason = Files.isDirectory(path) ? "it is a folder" : e.getMessage();
      throw new CheckpointException("%s: cannot be read (%s)".formatted(path, reason), e);
    }
  }

  private static PickledTensors read(Path path, Arena arena, MemorySegment file, String section) {
    int start = file.byteSize() < 4 ? 0 : file.get(INT, 0);
    if (start == ZIP || start == EMPTY_ZIP) {
      return TorchFormats.zip(path, arena, file, section);
    }
    int first = file.byteSize() == 0 ? 0 : file.get(ValueLayout.JAVA_BYTE, 0) & 0xff;
    if (first == 0x80 || OLD_PICKLE.indexOf(first) >= 0) {
      return TorchFormats.pickle(path, arena, file, section);
    }
    throw new CheckpointException(
        "%s: starts with %s and is neither safetensors nor a file of torch.save or pickle; was the download complete?"
            .formatted(path, file.byteSize() == 0 ? "nothing" : beginning(file)));
  }

  private static String beginning(MemorySegment file) {
    byte[] bytes = file.asSlice(0, Math.min(SHOWN, file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    return "'%s'"
        .formatted(
            new String(bytes, StandardCharsets.ISO_8859_1).replaceAll("[^\\x20-\\x7e]", "?"));
  }

  /** By its name, or by a JSON object behind a length that fits. */
  private static boolean isSafeTensors(Path path) {
    if (path.toString().toLowerCase(Locale.ROOT).endsWith(".safetensors")) {
      return true;
    }
    ByteBuffer start = ByteBuffer.allocate(9);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.read(start);
    } catch (IOException _) {
      return false; // Opening it as another kind says what is wrong.
    }
    return !start.hasRemaining() && start.get(8) == '{' && start.get(7) == 0 && start.get(6) == 0;
  }
}
