package org.stabledino.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.model.StableDino;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.detection.model.TransformerConfig;
import org.stabledino.detection.model.ValidSizes;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;
import org.stabledino.tensor.profile.ProfileNode;

/**
 * What size costs: the main system's detection against the extents of the image and the number of
 * queries, where its time goes, and what a second thread gains. {@code ./stable-dino bench sizes}
 * starts a JVM for each number of threads.
 */
public final class Sizes {
  private static final int CLASSES = 80;
  private static final List<String> STAGES =
      List.of("backbone", "neck", "transformer.encoder", "transformer.decoder");

  /** The longer side from 320 to 1333, then the queries from 100 to 1,800; and a training step. */
  private static final List<Case> CASES =
      List.of(
          new Case(192, 320, 900, false),
          new Case(320, 533, 900, false),
          new Case(480, 800, 900, false),
          new Case(640, 1067, 900, false),
          new Case(800, 1333, 900, false),
          new Case(480, 800, 100, false),
          new Case(480, 800, 300, false),
          new Case(480, 800, 1800, false),
          new Case(480, 800, 900, true));

  private Sizes() {}

  /** One image, and what is done with it. */
  record Case(int height, int width, int queries, boolean training) {
    String title() {
      return (training ? "step" : "detect") + " %dx%d".formatted(height, width);
    }

    /** Whether a call takes so long that what it does often is compiled within the first one. */
    private boolean large() {
      return height >= 480;
    }

    private NamedShape shape() {
      return NamedShape.of("r50 1x%dx%d classes %d".formatted(height, width, CLASSES));
    }
  }

  /**
   * Measures all cases in this JVM and prints a line of seconds for each; {@link #run} starts one
   * for each number of threads.
   *
   * @param args {@code --quick} or none
   */
  public static void main(String[] args) {
    boolean quick = List.of(args).contains("--quick");
    for (Case one : CASES) {
      System.err.println(one.title() + ", " + one.queries() + " queries");
      System.out.println(line(measure(one, quick)));
    }
  }

  private static String line(double[] seconds) {
    return String.join(" ", Arrays.stream(seconds).mapToObj(Double::toString).toList());
  }

  /** Seconds of a call, then those of each stage; a step's stages stay unknown and are 0. */
  static double[] measure(Case one, boolean quick) {
    if (one.training()) {
      TrainingCase training = new TrainingCase(one.shape());
      double[] result = new double[1 + STAGES.size()];
      result[0] = fastest(training::step, quick ? 1 : 2);
      return result;
    }
    StableDino model = new StableDino(withQueries(one.queries()));
    model.initialize(Rng.of(60));
    model.train(false);
    Tensor images = new Inputs().between(-2f, 2f, 1, one.height(), one.width(), 3);
    ValidSizes sizes = ValidSizes.full(1, one.height(), one.width());
    Runnable detect =
        () -> {
          try (GradMode _ = GradMode.noGrad();
              Scope _ = Scope.open()) {
            model.detect(images, sizes);
          }
        };
    double seconds = fastest(detect, quick && one.large() ? 1 : 3);
    Profile profile = new Profile(model.paths());
    try (Profile.Recording _ = profile.record()) {
      detect.run();
    }
    double[] result = new double[1 + STAGES.size()];
    result[0] = seconds;
    for (int i = 0; i < STAGES.size(); i++) {
      result[1 + i] = nanos(profile.root(), STAGES.get(i)) * 1e-9;
    }
    return result;
  }

  private static StableDinoConfig withQueries(int queries) {
    StableDinoConfig c = StableDinoConfig.stableDinoR50(CLASSES);
    TransformerConfig t = c.transformer();
    TransformerConfig transformer =
        new TransformerConfig(
            t.embedDim(),
            t.heads(),
            t.extraLevels(),
            t.normGroups(),
            t.points(),
            t.encoderLayers(),
            t.decoderLayers(),
            t.ffnDim(),
            queries,
            t.fusion());
    return new StableDinoConfig(
        c.numClasses(),
        c.backbone(),
        transformer,
        c.denoising(),
        c.matching(),
        c.loss(),
        c.maskPaddingInEvaluation(),
        c.postProcessor());
  }

  /** The time below a path of the profile. */
  private static long nanos(ProfileNode root, String path) {
    ProfileNode at = root;
    for (String part : path.split("\\.")) {
      at =
          at.children().stream()
              .filter(child -> child.name().equals(part))
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("the profile has no " + path));
    }
    return at.nanos();
  }

  /** Seconds of the fastest call after a first one, which compiles and allocates. */
  private static double fastest(Runnable call, int calls) {
    call.run();
    double fastest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      call.run();
      fastest = Math.min(fastest, (System.nanoTime() - start) * 1e-9);
    }
    return fastest;
  }

  /** Measures with all threads and with one, and prints the table. */
  static void run(boolean quick) throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    System.out.println(Machine.describe());
    System.out.println();
    List<double[]> all = inFreshJvm(threads, quick);
    System.out.print(table(all, threads == 1 ? all : inFreshJvm(1, quick), threads));
  }

  /** The table of all cases: seconds by all threads and by one, in the order of the cases. */
  static String table(List<double[]> all, List<double[]> one, int threads) {
    StringBuilder text = new StringBuilder();
    List<String> titles =
        Stream.concat(
                STAGES.stream().map(s -> s.substring(s.lastIndexOf('.') + 1)), Stream.of("rest"))
            .toList();
    text.append("%-18s %8s %10s".formatted("", "queries", "s"));
    titles.forEach(title -> text.append("%10s".formatted(title)));
    text.append("%12s %9s%n".formatted("s, 1 thread", "speed-up"));
    for (int i = 0; i < CASES.size(); i++) {
      Case row = CASES.get(i);
      double[] seconds = all.get(i);
      text.append(format("%-18s %8d %10.3f", row.title(), row.queries(), seconds[0]));
      double rest = seconds[0];
      for (int stage = 1; stage < seconds.length; stage++) {
        text.append(row.training() ? "%10s".formatted("") : format("%10.3f", seconds[stage]));
        rest -= seconds[stage];
      }
      text.append(row.training() ? "%10s".formatted("") : format("%10.3f", Math.max(0, rest)));
      text.append(format("%12.3f %9.2f%n", one.get(i)[0], one.get(i)[0] / seconds[0]));
    }
    return text.append("%nall columns but the last two with %d threads%n".formatted(threads))
        .toString();
  }

  private static String format(String text, Object... values) {
    return String.format(Locale.ROOT, text, values);
  }

  private static List<double[]> inFreshJvm(int threads, boolean quick) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-Xmx7g", "-Dstabledino.threads=" + threads));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Sizes.class.getName());
    if (quick) {
      command.add("--quick");
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException("the measurement with " + threads + " threads did not run through");
    }
    return output
        .lines()
        .map(line -> Arrays.stream(line.split(" ")).mapToDouble(Double::parseDouble).toArray())
        .toList();
  }
}
