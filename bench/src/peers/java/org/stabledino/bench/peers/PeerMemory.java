package org.stabledino.bench.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * How much memory the main system takes at full size beside its copy in libtorch, each side and
 * kind of work in a process of its own: {@code ./stable-dino bench --peers --memory}.
 */
final class PeerMemory {
  private static final String SHAPE = "r50.photo 1x800x1333 classes 80";

  /** Made anew in every step; little, since tensors are pooled or go to the old space at once. */
  private static final String YOUNG = "-Xmn128m";

  /** Who works. */
  enum Side {
    /** Ours. */
    JAVA,
    /** libtorch with the system's allocator as it is, which gives memory back early. */
    LIBTORCH,
    /** libtorch with the allocator that it is timed with. */
    LIBTORCH_FAST
  }

  /** What is done; our heap has the limits that {@code bench memory} sets. */
  private enum Work {
    INFERENCE("inference", false, "-Xmx1280m"),
    STEP("training step", true, "-Xmx7g");

    private final String title;
    private final boolean training;
    private final String heap;

    Work(String title, boolean training, String heap) {
      this.title = title;
      this.training = training;
      this.heap = heap;
    }
  }

  private PeerMemory() {}

  /**
   * Measures and prints; 1 GB is 10^9 bytes.
   *
   * @param threads how many threads every side has
   */
  static void run(int threads) throws IOException {
    System.out.println("Peak memory in GB, " + SHAPE + ", " + threads + " threads");
    System.out.printf("%-15s %7s %10s %12s %7s%n", "", "Java", "libtorch", "as timed", "ratio");
    for (Work work : Work.values()) {
      double java = gigabytes(Side.JAVA, work, threads);
      double torch = gigabytes(Side.LIBTORCH, work, threads);
      double fast = gigabytes(Side.LIBTORCH_FAST, work, threads);
      System.out.printf(
          Locale.ROOT,
          "%-15s %7.2f %10.2f %12.2f %7.2f%n",
          work.title,
          java,
          torch,
          fast,
          java / Math.min(torch, fast));
    }
  }

  private static double gigabytes(Side side, Work work, int threads) throws IOException {
    // Beside libtorch our model only says which tokens to decode.
    String heap = side == Side.JAVA ? work.heap : "-Xmx3g";
    ProcessBuilder builder =
        FreshJvm.of(
            threads,
            List.of(heap, YOUNG),
            MemoryMain.class,
            side.name(),
            Boolean.toString(work.training),
            SHAPE);
    if (side == Side.LIBTORCH_FAST) {
      FreshJvm.fastAllocator(builder);
    }
    Process process = builder.redirectOutput(ProcessBuilder.Redirect.PIPE).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(side + " did not run the " + work.title + " through");
    }
    return Long.parseLong(output) * 1e-9;
  }
}
