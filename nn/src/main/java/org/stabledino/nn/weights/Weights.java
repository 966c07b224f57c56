package org.stabledino.nn.weights;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.stabledino.nn.Module;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.nn.io.StateDicts;
import org.stabledino.nn.io.StateDicts.Mismatch;
import org.stabledino.nn.io.StateDicts.Strictness;
import org.stabledino.nn.io.TensorFile;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.tensor.Tensor;

/**
 * Loads published weights, whole detectors and backbones, whatever their file and names.
 *
 * {@snippet :
 * model.initialize(Rng.of(60));
 * LoadReport report = Weights.load(model, Path.of("R-50.pkl"), Policy.FINE_TUNE);
 * System.out.print(report.table());
 * }
 */
public final class Weights {
  /** Where a detector keeps its backbone. */
  private static final String BACKBONE = "backbone.";

  /** What wrappers for several devices put before every name. */
  private static final String WRAPPER = "module.";

  /** One row for each class. */
  private static final Predicate<String> CLASS_HEAD =
      Pattern.compile("(.*\\.)?(class_embed\\.\\d+\\.(weight|bias)|label_enc\\.weight)")
          .asMatchPredicate();

  /** The norms that a detector adds behind a classifier's stages. */
  private static final Predicate<String> OUTPUT_NORM =
      Pattern.compile("norm[0-3]\\.(weight|bias)").asMatchPredicate();

  private Weights() {}

  /**
   * Loads a file into a model. Nothing is written unless the whole file is as the policy demands.
   *
   * @param model a detector or a backbone; what the file lacks keeps its values
   * @param path safetensors, {@code .pth} or {@code .pkl}; its content says which
   * @param policy what may differ
   * @return what became of every tensor
   * @throws CheckpointException if the file cannot be read, is of no known model, or differs more
   *     than allowed
   */
  public static LoadReport load(Module model, Path path, Policy policy) {
    try (TensorFile file = TensorFile.open(path)) {
      return load(model, file, policy);
    }
  }

  /**
   * The same from an open file.
   *
   * @param model a detector or a backbone; what the file lacks keeps its values
   * @param source the file
   * @param policy what may differ
   * @return what became of every tensor
   * @throws CheckpointException if the file is of no known model or differs more than allowed
   */
  public static LoadReport load(Module model, TensorSource source, Policy policy) {
    Map<String, Tensor> state = model.stateDict();
    boolean detector = state.keySet().stream().anyMatch(name -> name.startsWith(BACKBONE));
    Names names = Names.of(source, detector);
    ResizedTables renamed = new ResizedTables(TensorSource.renamed(source, names.sourceNames));
    List<Mismatch> resized = policy == Policy.EXACT ? List.of() : resizeTables(renamed, state);
    StateDicts.Report fit = StateDicts.compare(model, renamed);
    LoadReport report =
        new LoadReport(
            source.origin(),
            names.kind,
            fit.loaded(),
            resized,
            fit.mismatched(),
            fit.missing().stream().filter(name -> !isComputed(name)).toList(),
            fit.unexpected(),
            names.leftOut);
    check(report, policy, detector ? BACKBONE : "", parts(state.keySet()));
    StateDicts.load(model, renamed, Strictness.LENIENT);
    return report;
  }

  /**
   * How many classes a detector's file knows.
   *
   * @param source the file
   * @return the length of its first class bias; empty if it is no detector
   */
  public static Optional<Integer> numClasses(TensorSource source) {
    return source.names().stream()
        .filter(name -> name.endsWith("class_embed.0.bias") && source.shape(name).rank() == 1)
        .findFirst()
        .map(name -> source.shape(name).dim(0));
  }

  /** Buffers that a model computes itself, from its window. */
  private static boolean isComputed(String name) {
    return name.endsWith("relative_position_index") || name.endsWith(".attn_mask");
  }

  private static List<Mismatch> resizeTables(ResizedTables renamed, Map<String, Tensor> state) {
    List<Mismatch> resized = new ArrayList<>();
    for (String name : renamed.names()) {
      Tensor target = state.get(name);
      if (target != null
          && PositionTables.canResize(
              name, renamed.dtype(name), renamed.shape(name), target.shape())) {
        resized.add(
            new Mismatch(
                name,
                target.dtype() + target.shape().toString(),
                renamed.dtype(name) + renamed.shape(name).toString()));
        renamed.resize(name, target.shape());
      }
    }
    return resized;
  }

  /** The first words of names, such as {@code transformer} and {@code backbone.res4}. */
  private static Set<String> parts(Set<String> names) {
    return names.stream().map(Weights::part).collect(Collectors.toUnmodifiableSet());
  }

  private static String part(String name) {
    int from = name.startsWith(BACKBONE) ? BACKBONE.length() : 0;
    int end = name.indexOf('.', from);
    return end < 0 ? name : name.substring(0, end);
  }

  private static void check(LoadReport report, Policy policy, String backbone, Set<String> parts) {
    boolean wholeDetector = report.kind() == WeightKind.DETECTOR;
    Predicate<String> mayBeMissing =
        name ->
            wholeDetector
                ? CLASS_HEAD.test(name)
                : !name.startsWith(backbone) || OUTPUT_NORM.test(name.substring(backbone.length()));
    List<Object> wrong = new ArrayList<>();
    if (policy != Policy.WHATEVER_FITS) {
      boolean exact = policy == Policy.EXACT;
      report.reinitialised().stream()
          .filter(mismatch -> exact || !CLASS_HEAD.test(mismatch.name()))
          .forEach(wrong::add);
      report.missing().stream()
          .filter(name -> exact || !mayBeMissing.test(name))
          .map(name -> name + " is missing from the file")
          .forEach(wrong::add);
      // More layers in a part that the model has are another network; other parts can be left out.
      report.unexpected().stream()
          .filter(name -> exact || parts.contains(part(name)))
          .map(name -> name + " is unknown to the model")
          .forEach(wrong::add);
    }
    if (!wrong.isEmpty() || report.loaded().isEmpty()) {
      throw new CheckpointException(
          "%s (%s) does not fit this model: %d tensors fit, %d do not%s; choose the configuration these weights belong to"
              .formatted(
                  report.origin(),
                  report.kind().title(),
                  report.loaded().size(),
                  wrong.size(),
                  wrong.isEmpty() ? "" : ", first " + wrong.getFirst()));
    }
  }

  /** The names of a file as a model would have them. */
  private record Names(WeightKind kind, Map<String, String> sourceNames, List<String> leftOut) {

    static Names of(TensorSource source, boolean detector) {
      boolean wrapped = source.names().stream().allMatch(name -> name.startsWith(WRAPPER));
      int start = wrapped ? WRAPPER.length() : 0;
      Set<String> plain = new HashSet<>();
      source.names().forEach(name -> plain.add(name.substring(start)));
      WeightKind kind = WeightKind.of(source, plain);
      Map<String, String> sourceNames = new LinkedHashMap<>();
      List<String> leftOut = new ArrayList<>();
      for (String name : source.names()) {
        Optional<String> renamed =
            kind.rename(name.substring(start), plain)
                .filter(path -> !isComputed(path))
                .flatMap(path -> place(path, kind, detector));
        renamed.ifPresentOrElse(path -> sourceNames.put(path, name), () -> leftOut.add(name));
      }
      return new Names(kind, sourceNames, leftOut);
    }

    /** Puts a backbone's names into a detector, or takes those of a detector's backbone out. */
    private static Optional<String> place(String path, WeightKind kind, boolean detector) {
      if (kind != WeightKind.DETECTOR) {
        return Optional.of(detector ? BACKBONE + path : path);
      }
      if (detector) {
        return Optional.of(path);
      }
      return path.startsWith(BACKBONE)
          ? Optional.of(path.substring(BACKBONE.length()))
          : Optional.empty();
    }
  }
}
