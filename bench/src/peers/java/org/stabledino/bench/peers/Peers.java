package org.stabledino.bench.peers;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.stabledino.bench.Machine;

/** Compares the CPU path with native libraries: {@code ./stable-dino bench --peers}. */
public final class Peers {
  private static final String HELP =
      """
      Times our kernels beside libtorch, oneDNN and OpenBLAS, in turns and after checking that all compute the same.

      Usage: ./stable-dino bench --peers [REGEX] [--quick] [--list] [--memory]

        ./stable-dino bench --peers                    everything, kept in bench/results
        ./stable-dino bench --peers 'gemm.*encoder'    some pairs; the screen alone
        ./stable-dino bench --peers --list             the pairs
        ./stable-dino bench --peers --memory           peak memory of the whole system instead

        REGEX            over 'op shape', as --list prints them
        --quick          a first impression: little warm-up, few rounds
        --threads 2,1    how many threads every side has
      """;

  private Peers() {}

  /**
   * Measures; exits with 2 if the arguments are wrong and 1 if a pair disagreed.
   *
   * @param args see {@code --help}
   * @throws IOException if results cannot be kept
   */
  public static void main(String[] args) throws IOException {
    List<String> rest = new ArrayList<>(List.of(args));
    boolean quick = rest.remove("--quick");
    if (rest.remove("--help")) {
      System.out.print(HELP);
      return;
    }
    if (rest.remove("--list")) {
      for (Fork fork : Fork.values()) {
        fork.candidates().map(Candidate::name).forEach(System.out::println);
      }
      return;
    }
    boolean memory = rest.remove("--memory");
    int[] threads = threads(rest);
    if (memory && rest.isEmpty() && !quick) {
      PeerMemory.run(threads[0]);
      return;
    }
    if (memory) {
      System.err.println(
          "--memory takes --threads alone; see './stable-dino bench --peers --help'");
      System.exit(2);
    }
    if (rest.size() > 1) {
      System.err.println(
          "One regular expression at most; see './stable-dino bench --peers --help'");
      System.exit(2);
    }
    String wanted = rest.isEmpty() ? "" : rest.getFirst();
    Session session = measure(wanted, quick, threads);
    System.out.println(session.summary());
    if (wanted.isEmpty() && !quick) {
      keep(session);
    }
    if (!session.failures().isEmpty()) {
      System.exit(1);
    }
  }

  private static int[] threads(List<String> rest) {
    int at = rest.indexOf("--threads");
    if (at < 0) {
      int all = Runtime.getRuntime().availableProcessors();
      return all == 1 ? new int[] {1} : new int[] {all, 1};
    }
    rest.remove(at);
    return Arrays.stream(rest.remove(at).split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static Session measure(String wanted, boolean quick, int[] threads) throws IOException {
    Map<Integer, Ceilings> ceilings = new LinkedHashMap<>();
    IntStream.of(threads).forEach(n -> ceilings.put(n, Ceilings.measure(n)));
    List<Outcome> outcomes = new ArrayList<>();
    for (int n : threads) {
      for (Fork fork : Fork.values()) {
        boolean once = fork != Fork.MODEL || n == threads[0];
        if (once
            && fork.candidates().anyMatch(c -> Pattern.compile(wanted).matcher(c.name()).find())) {
          outcomes.addAll(inFreshJvm(fork, wanted, quick, n));
        }
      }
    }
    return new Session(
        Machine.describe(),
        Machine.processor(),
        LocalDate.now(),
        Versions.describe(),
        List.of(),
        ceilings,
        outcomes.stream().map(Outcome::comparison).filter(Objects::nonNull).toList(),
        outcomes.stream().map(Outcome::failure).filter(Objects::nonNull).toList());
  }

  private static List<Outcome> inFreshJvm(Fork fork, String wanted, boolean quick, int threads)
      throws IOException {
    Path results = Files.createTempFile("stable-dino-peers", ".bin");
    ProcessBuilder builder =
        FreshJvm.fastAllocator(
            FreshJvm.of(
                threads,
                fork.flags(),
                ForkMain.class,
                fork.name(),
                wanted,
                Boolean.toString(quick),
                results.toString()));
    try {
      if (builder.start().onExit().join().exitValue() != 0) {
        throw new IOException("the fork " + fork + " with " + threads + " threads failed");
      }
      try (ObjectInputStream in = new ObjectInputStream(Files.newInputStream(results))) {
        return List.of((Outcome[]) in.readObject());
      }
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    } finally {
      Files.deleteIfExists(results);
    }
  }

  private static void keep(Session session) throws IOException {
    Path folder = Files.createDirectories(Path.of(System.getProperty("stabledino.bench.results")));
    Path page = folder.resolve(session.fileName() + ".md");
    Files.writeString(page, Markdown.page(session));
    Files.writeString(folder.resolve(session.fileName() + ".json"), Json.text(session));
    System.out.println("Saved " + page + " and its .json");
  }
}
