package org.stabledino.nn.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/**
 * Finds recordings: in the folder named by {@code -Dfixtures=DIR}, or, where that is absent, among
 * the few that are committed as test resources under {@code fixtures/}, larger ones as {@code .gz}.
 *
 * {@snippet :
 * try (Fixture linear = Fixtures.open("ops/linear")) {
 *   for (String name : linear.caseNames()) {
 *     Variable x = linear.leaf(name + ".in.x");
 *     ...
 *     Close.check(name, linear.tensor(name + ".out"), y.data(), 1e-5, 1e-6);
 *   }
 * }
 * }
 */
public final class Fixtures {
  private Fixtures() {}

  /**
   * Opens {@code NAME.safetensors} and {@code NAME.json}; the running test is skipped, with a
   * message, if there is no such recording here.
   *
   * @param name such as {@code ops/linear}
   */
  public static Fixture open(String name) {
    return Fixture.open(locate(name + ".safetensors"), locate(name + ".json"));
  }

  /**
   * Parses {@code NAME.json}; the running test is skipped if it is absent.
   *
   * @param name such as {@code names/stabledino_r50_4scale}
   */
  public static Json json(String name) {
    return Json.read(locate(name + ".json"));
  }

  /**
   * The path of any recorded file; the running test is skipped if it is absent.
   *
   * @param file relative to the fixtures' folder
   */
  public static Path locate(String file) {
    Path folder = folder();
    if (folder != null && Files.isRegularFile(folder.resolve(file))) {
      return folder.resolve(file);
    }
    Path committed = committed(file);
    Assumptions.assumeTrue(
        committed != null,
        () ->
            "skipped: no recording %s in %s nor among the test resources; name its folder with -Dfixtures=DIR"
                .formatted(file, System.getProperty("fixtures")));
    return committed;
  }

  /**
   * A folder of recordings; the running test is skipped if it is absent.
   *
   * @param name relative to the fixtures' folder
   */
  public static Path folder(String name) {
    Path folder = folder();
    Assumptions.assumeTrue(
        folder != null && Files.isDirectory(folder.resolve(name)),
        () ->
            "skipped: no recordings %s in %s; name their folder with -Dfixtures=DIR"
                .formatted(name, System.getProperty("fixtures")));
    return folder.resolve(name);
  }

  /** The folder of all recordings, or null where there is none. */
  private static Path folder() {
    String property = System.getProperty("fixtures");
    return property != null && Files.isDirectory(Path.of(property)) ? Path.of(property) : null;
  }

  private static Path committed(String file) {
    try (InputStream in = resource("/fixtures/" + file)) {
      if (in == null) {
        return null;
      }
      // A copy, since the resource may lie inside a jar, which cannot be mapped.
      Path copy = Files.createTempFile("fixture", file.substring(file.lastIndexOf('.')));
      copy.toFile().deleteOnExit();
      Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) throws IOException {
    InputStream plain = Fixtures.class.getResourceAsStream(name);
    if (plain != null) {
      return plain;
    }
    InputStream packed = Fixtures.class.getResourceAsStream(name + ".gz");
    return packed == null ? null : new GZIPInputStream(packed);
  }
}
