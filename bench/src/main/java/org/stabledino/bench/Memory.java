package org.stabledino.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.stabledino.autograd.Checkpointing;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.engine.ProcessMemory;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.Scope;

/**
 * How much memory the main system takes at full size, each case in a JVM of its own: {@code
 * ./stable-dino bench memory}.
 */
public final class Memory {
  /** Made anew in every step; little, since tensors are pooled or go to the old space at once. */
  private static final String YOUNG = "-Xmn128m";

  /** So often is a case computed, so that what the first leaves behind counts. */
  private static final int REPETITIONS = 2;

  /** What is measured. */
  enum Case {
    /** A step of training. */
    TRAINING("training step", 8.0, "-Xmx7g"),
    /** A step that computes layers again in the backward pass. */
    RECOMPUTING("training step, activation checkpointing", 5.0, "-Xmx4g"),
    /** Detection on one image. */
    INFERENCE("inference", 1.6, "-Xmx1280m");

    private final String title;
    private final double limitGigabytes;
    private final String heap;

    Case(String title, double limitGigabytes, String heap) {
      this.title = title;
      this.limitGigabytes = limitGigabytes;
      this.heap = heap;
    }
  }

  private static final String SHAPE = "r50 1x800x1333 classes 80";

  private Memory() {}

  /**
   * Measures one case in this JVM; {@link #run} starts one for each.
   *
   * @param args the case's name and its shape
   */
  public static void main(String[] args) {
    System.out.print(measure(Case.valueOf(args[0]), NamedShape.of(args[1])));
  }

  /** Computes a case; returns the peaks of tensors and process in bytes, -1 where unknown. */
  static String measure(Case measured, NamedShape shape) {
    HostMemory.resetPeak();
    switch (measured) {
      case TRAINING, RECOMPUTING -> {
        TrainingCase training = new TrainingCase(shape);
        try (Checkpointing _ = Checkpointing.set(measured == Case.RECOMPUTING)) {
          for (int i = 0; i < REPETITIONS; i++) {
            training.step();
          }
        }
      }
      case INFERENCE -> {
        ModelCase detector = ModelCase.of(shape);
        detector.model().train(false);
        for (int i = 0; i < REPETITIONS; i++) {
          try (GradMode _ = GradMode.noGrad();
              Scope _ = Scope.open()) {
            detector.model().detect(detector.images(), detector.sizes());
          }
        }
      }
    }
    return HostMemory.peakTakenBytes() + " " + ProcessMemory.peakBytes().orElse(-1);
  }

  /**
   * Measures and prints; 1 GB is 10^9 bytes.
   *
   * @param names of cases in any case of letters; all without one
   * @return whether every case kept its limit
   */
  static boolean run(List<String> names) throws IOException {
    List<Case> cases =
        names.isEmpty()
            ? List.of(Case.values())
            : names.stream().map(name -> Case.valueOf(name.toUpperCase(Locale.ROOT))).toList();
    System.out.println("Peak memory, " + SHAPE);
    boolean kept = true;
    for (Case measured : cases) {
      String[] peaks = inFreshJvm(measured).split(" ");
      double process = Long.parseLong(peaks[1]) * 1e-9;
      boolean known = process >= 0;
      boolean within = known && process <= measured.limitGigabytes;
      kept &= within;
      System.out.printf(
          Locale.ROOT,
          "%-40s %-9s tensors %5.2f GB  process %5.2f GB  limit %.1f GB%s%n",
          measured.title,
          measured.heap,
          Long.parseLong(peaks[0]) * 1e-9,
          process,
          measured.limitGigabytes,
          within ? "" : known ? "  EXCEEDED" : "  UNKNOWN: this system does not tell");
    }
    return kept;
  }

  private static String inFreshJvm(Case measured) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of(measured.heap, YOUNG));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Memory.class.getName(), measured.name(), SHAPE));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    // Its output has ended, so it has, or is about to.
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(measured.title + " did not run through with " + measured.heap);
    }
    return output;
  }
}
