package org.stabledino.detection.scenes;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.files.Trees;
import tools.jackson.core.JacksonException;

/**
 * Writes rendered scenes as a COCO-format folder.
 *
 * <pre>
 * images/000001.png ...              first the training scenes, then the held-out ones
 * annotations/instances_train.json
 * annotations/instances_val.json
 * scenes.txt                         what was rendered; only a complete folder has it
 * </pre>
 *
 * <p>All is written to a temporary folder beside the target, which takes the target's name at the
 * end, so that the target is complete or absent. Two processes must not write the same target at
 * once.
 */
public final class SceneDataset {
  /** Goes up whenever the same options give other pixels or annotations. */
  static final int VERSION = 1;

  static final String MARKER = "scenes.txt";

  private final Path folder;
  private final SceneOptions options;
  private final ProgressListener listener;
  private final int total;
  private final AtomicInteger next = new AtomicInteger();
  private final List<List<SceneObject>> objects;
  private int done;

  private SceneDataset(Path folder, SceneOptions options, ProgressListener listener) {
    this.folder = folder;
    this.options = options;
    this.listener = listener;
    total = options.trainScenes() + options.valScenes();
    objects = new ArrayList<>(Collections.nCopies(total, List.of()));
  }

  /**
   * Renders the data set on all processors, unless the folder holds just that already.
   *
   * @param dir the folder to make; one that holds rendered scenes of other options is replaced
   * @param options what to render
   * @param listener hears of the progress
   * @return whether anything had to be rendered
   * @throws UserException if the folder holds something else or cannot be written
   */
  public static boolean create(Path dir, SceneOptions options, ProgressListener listener) {
    return create(dir, options, listener, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Renders the data set on a number of threads; the result does not depend on it.
   *
   * @param dir the folder to make; one that holds rendered scenes of other options is replaced
   * @param options what to render
   * @param listener hears of the progress
   * @param threads how many scenes are rendered at a time
   * @return whether anything had to be rendered
   * @throws UserException if the folder holds something else or cannot be written
   */
  public static boolean create(
      Path dir, SceneOptions options, ProgressListener listener, int threads) {
    Path target = dir.toAbsolutePath().normalize();
    try {
      if (isComplete(target, options)) {
        return false;
      }
      refuseForeign(target);
      Files.createDirectories(target.getParent());
      // A fixed name, so that what a killed run has left goes away with the next one.
      Path draft = target.resolveSibling("." + target.getFileName() + ".part");
      Trees.delete(draft);
      try {
        Files.createDirectory(draft);
        new SceneDataset(draft, options, listener).write(threads);
        Trees.delete(target);
        Files.move(draft, target);
      } finally {
        Trees.delete(draft);
      }
      return true;
    } catch (IOException | UncheckedIOException | JacksonException e) {
      throw new UserException(
          "cannot write the rendered scenes to %s (%s); free some disk space or choose a folder that you may write"
              .formatted(target, reason(e)),
          e);
    }
  }

  /**
   * Whether a folder holds the whole data set of these options.
   *
   * @param dir the folder
   * @param options what it should hold
   * @return false also if it is absent, of other options, or lacks files
   * @throws UncheckedIOException if the folder cannot be read
   */
  public static boolean isComplete(Path dir, SceneOptions options) {
    try {
      if (!Files.readString(dir.resolve(MARKER)).equals(marker(options))) {
        return false;
      }
      for (SceneSplit split : SceneSplit.values()) {
        if (!Files.isRegularFile(annotations(dir, split))) {
          return false;
        }
      }
      try (Stream<Path> images = Files.list(dir.resolve("images"))) {
        return images.count() == options.trainScenes() + options.valScenes();
      }
    } catch (NoSuchFileException _) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path annotations(Path dir, SceneSplit split) {
    return dir.resolve("annotations").resolve("instances_" + split.label() + ".json");
  }

  private static String marker(SceneOptions options) {
    return "rendered scenes version=%d seed=%d train=%d val=%d size=%d\n"
        .formatted(
            VERSION, options.seed(), options.trainScenes(), options.valScenes(), options.size());
  }

  /** Never deletes what this class did not write. */
  private static void refuseForeign(Path target) throws IOException {
    if (Files.isRegularFile(target.resolve(MARKER))) {
      return;
    }
    boolean foreign = Files.exists(target) && !Files.isDirectory(target);
    if (Files.isDirectory(target)) {
      try (Stream<Path> entries = Files.list(target)) {
        foreign = entries.findAny().isPresent();
      }
    }
    if (foreign) {
      throw new UserException(
          "%s exists and is not a folder of rendered scenes; choose another folder or remove it"
              .formatted(target));
    }
  }

  private void write(int threads) throws IOException {
    Files.createDirectory(folder.resolve("images"));
    Files.createDirectory(folder.resolve("annotations"));
    renderAll(threads);
    int first = 0;
    for (SceneSplit split : SceneSplit.values()) {
      int end = first + options.scenes(split);
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(annotations(folder, split)))) {
        AnnotationWriter.write(out, options, split, first + 1, objects.subList(first, end));
      }
      first = end;
    }
    Files.writeString(folder.resolve(MARKER), marker(options), StandardCharsets.UTF_8);
  }

  private void renderAll(int threads) throws IOException {
    List<Callable<Void>> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(this::renderShare);
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      for (Future<Void> worker : executor.invokeAll(workers)) {
        worker.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UserException("rendering the scenes was interrupted; run it again", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IllegalStateException("a scene could not be rendered", e.getCause());
    }
  }

  /** Takes scene after scene until none is left; a failing worker leaves none to the others. */
  private Void renderShare() throws IOException {
    boolean finished = false;
    try (PngWriter png = new PngWriter()) {
      for (int i = next.getAndIncrement(); i < total; i = next.getAndIncrement()) {
        boolean train = i < options.trainScenes();
        Scene scene =
            train
                ? SceneRenderer.render(options, SceneSplit.TRAIN, i)
                : SceneRenderer.render(options, SceneSplit.VAL, i - options.trainScenes());
        Path file = folder.resolve("images").resolve(AnnotationWriter.fileName(i + 1));
        Files.write(file, png.encode(scene));
        objects.set(i, scene.objects());
        tellProgress();
      }
      finished = true;
      return null;
    } finally {
      if (!finished) {
        next.set(total);
      }
    }
  }

  private synchronized void tellProgress() {
    done++;
    listener.progress(done, total);
  }

  private static String reason(Exception e) {
    String message = e.getMessage();
    return e.getClass().getSimpleName()
        + (message == null ? "" : ": " + message.lines().findFirst().orElse(""));
  }
}
