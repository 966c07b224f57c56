package org.stabledino.nn.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Replaces a file as a whole or not at all.
 *
 * <p>The content goes to a temporary file in the same folder, is forced to the disk and then
 * renamed over the target. A crash, a full disk or an exception leaves the former file as it was.
 *
 * {@snippet :
 * AtomicFile.write(Path.of("run/config.json"), channel -> AtomicFile.writeFully(channel, bytes));
 * }
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Produces the content of a file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes everything, from the start.
     *
     * @param channel of the new, empty file
     * @throws IOException if the disk refuses
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes a file. Its folder must exist.
   *
   * @param target the file to create or replace
   * @param content writes what it shall hold
   * @throws CheckpointException if it cannot be written; the former file is then untouched
   */
  public static void write(Path target, Content content) {
    Path folder = target.toAbsolutePath().getParent();
    Path temporary =
        folder.resolve(
            ".%s.%d-%d.tmp"
                .formatted(target.getFileName(), ProcessHandle.current().pid(), System.nanoTime()));
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      done = true;
      force(folder);
    } catch (IOException e) {
      throw new CheckpointException("cannot write %s: %s".formatted(target, reason(e, folder)), e);
    } finally {
      if (!done) {
        discard(temporary);
      }
    }
  }

  /**
   * Writes all remaining bytes of a buffer, however often the channel stops short.
   *
   * @param channel takes the bytes
   * @param buffer its remaining bytes are consumed
   * @throws IOException if the disk refuses
   */
  public static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /**
   * Makes renames within a folder durable; some systems do not open folders, and rename durably.
   *
   * @param folder the folder
   */
  public static void force(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      // The file itself is on the disk; only the order of renames is left to the system.
    }
  }

  private static void discard(Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException _) {
      // What made the write fail is already on its way to the user.
    }
  }

  private static String reason(IOException e, Path folder) {
    if (e instanceof NoSuchFileException) {
      return "the folder %s does not exist; create it first".formatted(folder);
    }
    if (e instanceof AccessDeniedException) {
      return "the folder %s is not writable; choose another or change its permissions"
          .formatted(folder);
    }
    String message = String.valueOf(e.getMessage());
    if (message.contains("No space left")
        || message.contains("quota")
        || message.contains("File too large")) {
      return "%s; free some space or choose another folder".formatted(message);
    }
    return message + "; choose another file or folder";
  }
}
