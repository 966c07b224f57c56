package org.stabledino.detection.engine;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.files.Trees;
import org.stabledino.nn.io.AtomicFile;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.tensor.Tensor;

/**
 * The folder {@code checkpoints} of a run: {@code step-00005000/} and so on, each complete or
 * absent.
 *
 * <p>A checkpoint is written under a temporary name and renamed when all of its files are on disk;
 * older ones are removed only after that. One of the same step is renamed first and removed last.
 * So whatever happens while one is written, a complete one survives.
 */
public final class Checkpoints {
  private static final String PREFIX = "step-";
  private static final String TEMPORARY = ".writing";
  private static final String REPLACED = ".replaced";

  private final Path folder;
  private final int keep;

  /**
   * The checkpoints of a run.
   *
   * @param run the run's folder
   * @param keep how many of the latest stay
   */
  public Checkpoints(Path run, int keep) {
    this.folder = run.resolve("checkpoints");
    this.keep = keep;
  }

  /**
   * Writes a checkpoint and removes the oldest ones.
   *
   * @param step the optimiser steps done
   * @param files tensors by name, by file name without its ending
   * @param metadata free text stored in every file
   * @return the checkpoint's folder
   */
  public Path save(
      long step, Map<String, Map<String, Tensor>> files, Map<String, String> metadata) {
    Path target = folder.resolve(String.format(Locale.ROOT, "%s%08d", PREFIX, step));
    Path temporary = folder.resolve(target.getFileName() + TEMPORARY);
    try {
      Files.createDirectories(folder);
      Trees.delete(temporary);
      Files.createDirectory(temporary);
      for (Map.Entry<String, Map<String, Tensor>> file : files.entrySet()) {
        SafeTensors.write(
            temporary.resolve(file.getKey() + ".safetensors"), file.getValue(), metadata);
      }
      if (Files.exists(target)) {
        Path replaced = folder.resolve(target.getFileName() + REPLACED);
        Trees.delete(replaced);
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
      // On disk before the ones that it replaces go.
      AtomicFile.force(folder);
      List<Path> all = new ArrayList<>(all());
      for (Path path : all) {
        // A run that started anew in this folder leaves nothing of the one before.
        if (step(path) > step || isReplaced(path)) {
          Trees.delete(path);
        }
      }
      all.removeIf(path -> step(path) > step || isReplaced(path));
      for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
        Trees.delete(old);
      }
      return target;
    } catch (IOException failure) {
      throw new UserException(
          "cannot write the checkpoint %s: %s (%s); earlier checkpoints are kept: free some space, then resume"
              .formatted(target, failure.getMessage(), space()),
          failure);
    } finally {
      discard(temporary);
    }
  }

  /**
   * The newest complete checkpoint.
   *
   * @return its folder, or nothing if there is none
   */
  public Optional<Path> latest() {
    List<Path> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /** Removes all checkpoints: a new run begins in this folder. */
  public void clear() {
    try {
      Trees.delete(folder);
    } catch (IOException failure) {
      throw new UserException(
          "cannot remove %s: %s".formatted(folder, failure.getMessage()), failure);
    }
  }

  /** Complete checkpoints, oldest first; of one step, a replaced one first. */
  private List<Path> all() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .filter(path -> path.getFileName().toString().matches(PREFIX + "\\d+(" + REPLACED + ")?"))
          .sorted(
              Comparator.comparingLong(Checkpoints::step)
                  .thenComparing(Checkpoints::isReplaced, Comparator.reverseOrder()))
          .toList();
    } catch (IOException failure) {
      throw new UserException("cannot read " + folder + ": " + failure.getMessage(), failure);
    }
  }

  private static long step(Path checkpoint) {
    String name = checkpoint.getFileName().toString().replace(REPLACED, "");
    return Long.parseLong(name.substring(PREFIX.length()));
  }

  private static boolean isReplaced(Path checkpoint) {
    return checkpoint.getFileName().toString().endsWith(REPLACED);
  }

  private String space() {
    try {
      FileStore store = Files.getFileStore(folder);
      return store.getUsableSpace() / (1 << 20) + " MB free on its disk";
    } catch (IOException unknown) {
      return "free space unknown";
    }
  }

  private static void discard(Path tree) {
    try {
      Trees.delete(tree);
    } catch (IOException leftover) {
      System.getLogger(Checkpoints.class.getName())
          .log(System.Logger.Level.WARNING, "cannot remove {0}: {1}", tree, leftover);
    }
  }
}
