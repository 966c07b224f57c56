package org.stabledino.detection.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.stabledino.detection.UserException;
import org.stabledino.nn.io.CheckpointException;
import tools.jackson.core.exc.JacksonIOException;

/**
 * Writes files as a whole or not at all: {@link org.stabledino.nn.io.AtomicFile} for content that
 * wants a stream, and for folders that are still to be made.
 */
public final class AtomicFile {

  /** What writes the content. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param out where to; buffered; closing it does no harm
     * @throws IOException where the disk does not take it
     */
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFile() {}

  /**
   * Writes a file, or leaves what was there before.
   *
   * @param file where to write; its folder is made where it is missing
   * @param content writes the content
   * @throws UserException where the file cannot be written
   */
  public static void write(Path file, Content content) {
    makeFolder(file);
    try {
      org.stabledino.nn.io.AtomicFile.write(file, channel -> write(channel, content));
    } catch (CheckpointException failure) {
      throw new UserException(failure.getMessage(), failure);
    }
  }

  /**
   * Writes a text file, or leaves what was there before.
   *
   * @param file where to write; its folder is made where it is missing
   * @param text its content, stored as UTF-8
   * @throws UserException where the file cannot be written
   */
  public static void writeText(Path file, String text) {
    write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void makeFolder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      Path existing = nearestExisting(folder);
      if (!Files.isDirectory(existing)) {
        throw new UserException(
            "cannot write %s: %s is a file; give another folder".formatted(file, existing), e);
      }
      throw new UserException(
          "cannot write %s: the folder %s cannot be made (%s); give another"
              .formatted(file, folder, e.getMessage()),
          e);
    }
  }

  /**
   * Where the making of a folder would start.
   *
   * @param folder a folder that may be missing
   * @return itself or the closest folder above it that exists; a file where one is in the way
   */
  public static Path nearestExisting(Path folder) {
    Path existing = folder.toAbsolutePath().normalize();
    while (!Files.exists(existing)) {
      existing = existing.getParent();
    }
    return existing;
  }

  private static void write(FileChannel channel, Content content) throws IOException {
    OutputStream out = new Kept(channel);
    try {
      content.writeTo(out);
    } catch (JacksonIOException wrapped) {
      throw wrapped.getCause();
    }
    out.flush();
  }

  /** Generators close what they write to, but the channel is still to be forced to the disk. */
  private static final class Kept extends BufferedOutputStream {
    Kept(FileChannel channel) {
      super(Channels.newOutputStream(channel), 1 << 16);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
