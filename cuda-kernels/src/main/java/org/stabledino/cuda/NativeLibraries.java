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
  /** The committed library that {@code compile-forward} makes of {@code cublas12.c}. */
  static final String FORWARD = "libcublas12.so";

  private NativeLibraries() {}

  /**
   * Unpacks a library.
   *
   * @param name without prefix and version, such as {@code JCudaDriver}
   * @return false if the class path holds none for this platform
   */
  static boolean unpack(String name) {
    String file = bindingFile(name);
    return unpack(jcuda.LibUtils.class, "/lib/" + file, file) != null;
  }

  /**
   * Unpacks JCuda's binding of cuBLAS and loads it with all that it is linked to. That is {@code
   * libcublas.so.12}; where this cannot be loaded, {@code cublas12.c} takes its place and calls
   * {@code libcublas.so.13}. It comes first here, because a class of which the initialiser has
   * failed once, as JCuda's would without the library, has failed for good.
   *
   * @param with13 whether version 13 may be called, which an older driver cannot run
   * @return false if the class path holds none for this platform
   * @throws UnsatisfiedLinkError if there is no cuBLAS
   */
  @SuppressWarnings("restricted")
  static boolean loadCublas(boolean with13) {
    String file = bindingFile("JCublas2");
    Path binding = unpack(jcuda.LibUtils.class, "/lib/" + file, file);
    if (binding == null) {
      return false;
    }
    try {
      System.load(binding.toString());
    } catch (UnsatisfiedLinkError without12) {
      if (!with13) {
        throw without12;
      }
      Path forward = unpack(NativeLibraries.class, FORWARD, "stabledino-" + FORWARD);
      System.load(forward.toString());
      System.load(binding.toString());
    }
    return true;
  }

  private static String bindingFile(String name) {
    return "lib%s-12.6.0-linux-x86_64.so".formatted(name);
  }

  /** The file in the temporary folder; null if there is no such resource. */
  private static Path unpack(Class<?> beside, String name, String file) {
    try (InputStream resource = beside.getResourceAsStream(name)) {
      if (resource == null) {
        return null;
      }
      byte[] wanted = resource.readAllBytes();
      Path folder = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
      Path target = folder.resolve(file);
      if (!Files.isRegularFile(target) || !Arrays.equals(wanted, Files.readAllBytes(target))) {
        Path part = Files.createTempFile(folder, file, ".part");
        Files.write(part, wanted);
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      }
      return target;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot unpack " + file, e);
    }
  }
}
