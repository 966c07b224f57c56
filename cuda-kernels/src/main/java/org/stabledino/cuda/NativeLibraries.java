package org.stabledino.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * Puts JCuda's native libraries where JCuda looks for them.
 *
 * <p>JCuda unpacks a library from its jar into the temporary folder if there is no file of its name
 * yet, writing it in place: a second process that starts meanwhile loads half a file. Here it is
 * written under a name of its own and renamed, and a file with other content is replaced.
 */
final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * Unpacks a library.
   *
   * @param name without prefix and version, such as {@code JCudaDriver}
   * @return false if the class path holds none for this platform
   */
  static boolean unpack(String name) {
    String file = "lib%s-12.6.0-linux-x86_64.so".formatted(name);
    try (InputStream resource = jcuda.LibUtils.class.getResourceAsStream("/lib/" + file)) {
      if (resource == null) {
        return false;
      }
      byte[] wanted = resource.readAllBytes();
      Path folder = Path.of(System.getProperty("java.io.tmpdir"));
      Path target = folder.resolve(file);
      if (!Files.isRegularFile(target) || !Arrays.equals(wanted, Files.readAllBytes(target))) {
        Path part = Files.createTempFile(folder, file, ".part");
        Files.write(part, wanted);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + file, e);
    }
  }
}
