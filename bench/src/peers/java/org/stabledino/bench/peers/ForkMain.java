package org.stabledino.bench.peers;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.stabledino.tensor.cpu.Parallel;

/** What a forked JVM does: it times the pairs of one {@link Fork}. */
public final class ForkMain {
  /**
   * Whole models take seconds a call: a handful of calls must do. The small ones are called for as
   * long as the compiler needs for the hundreds of methods that a model passes through.
   */
  private static final Duel MODELS = new Duel(20, 1, 0, 3);

  private ForkMain() {}

  /**
   * Measures and keeps the results.
   *
   * @param args the fork, a regular expression for the pairs, whether to be quick, and the file of
   *     results
   * @throws IOException if the file cannot be written
   */
  public static void main(String[] args) throws IOException {
    Fork fork = Fork.valueOf(args[0]);
    Pattern wanted = Pattern.compile(args[1]);
    int threads = Parallel.shared().threads();
    Duel duel = fork == Fork.MODEL ? MODELS : duel(Boolean.parseBoolean(args[2]), threads);
    if (fork != Fork.BLAS) {
      Torch.threads(threads);
    }
    List<Outcome> outcomes = new ArrayList<>();
    fork.candidates()
        .filter(candidate -> wanted.matcher(candidate.name()).find())
        .forEach(
            candidate -> {
              Outcome outcome = run(candidate, duel, threads);
              outcomes.add(outcome);
            });
    try (ObjectOutputStream out = new ObjectOutputStream(Files.newOutputStream(Path.of(args[3])))) {
      out.writeObject(outcomes.toArray(Outcome[]::new));
    }
  }

  /** A pair that fails does not take the others' results with it. */
  private static Outcome run(Candidate candidate, Duel duel, int threads) {
    try {
      Comparison comparison = duel.run(candidate.pair().get(), threads);
      print(comparison);
      return new Outcome(comparison, null);
    } catch (IllegalStateException differs) {
      return failed(differs.getMessage());
    } catch (OutOfMemoryError full) {
      return failed(candidate.name() + " found too little memory: " + full.getMessage());
    }
  }

  private static Outcome failed(String message) {
    System.out.println("FAILED " + message);
    return new Outcome(null, message);
  }

  /** One thread shows scaling alone, so it gets fewer rounds. */
  private static Duel duel(boolean quick, int threads) {
    if (quick) {
      return new Duel(1.5, 1, 0.8, 3);
    }
    return threads == 1 ? new Duel(1.5, 1, 0.8, 3) : new Duel(3, 1, 2, 5);
  }

  private static String goal(Comparison c) {
    return c.goal().measure() == Goal.Measure.SPEED ? "of %.2f".formatted(c.goal().value()) : "";
  }

  private static void print(Comparison c) {
    System.out.printf(
        Locale.ROOT,
        "%-22s %-48s %d  Java %9.3f ms  %-24s %9.3f ms  ratio %5.2f %s%n",
        c.op(),
        c.shape(),
        c.threads(),
        c.java().median() * 1e3,
        c.best().name(),
        c.best().seconds().median() * 1e3,
        c.ratio(),
        goal(c));
  }
}
