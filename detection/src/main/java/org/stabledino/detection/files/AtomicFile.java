package org.stabledino.detection.files;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.stabledino.detection.UserException;
import tools.jackson.core.exc.JacksonIOException;

/** Writes a file under another name first, so that no reader ever sees half of it. */
public final class AtomicFile {

  /** What writes the content. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param out where to; buffered, closed by the caller
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
    Path target = file.toAbsolutePath();
    Path partial = target.resolveSibling(target.getFileName() + ".part");
    try {
      Files.createDirectories(target.getParent());
      try {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 16)) {
          content.writeTo(out);
        }
        Files.move(
            partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (FileAlreadyExistsException e) {
      throw new UserException(
          file + " cannot be written: " + e.getMessage() + " is a file; give another folder", e);
    } catch (IOException | JacksonIOException e) {
      throw new UserException(
          file + " cannot be written (" + e + "); check the folder's permissions and free space",
          e);
    }
  }
}
