package org.stabledino.nn.io;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stabledino.nn.Module;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/**
 * Loads a module's parameters and buffers by their paths.
 *
 * {@snippet :
 * try (SafeTensors file = SafeTensors.open(Path.of("model.safetensors"))) {
 *   StateDicts.load(model, file, StateDicts.Strictness.STRICT);
 * }
 * }
 */
public final class StateDicts {
  private StateDicts() {}

  /** What may differ between a module and a checkpoint. */
  public enum Strictness {
    /** Nothing. */
    STRICT,
    /** The checkpoint may hold more than the module: a whole detector for a backbone. */
    ALLOW_UNEXPECTED,
    /** Whatever fits is loaded, the rest stays: fine-tuning with another number of classes. */
    LENIENT
  }

  /**
   * A tensor whose shape or type differs.
   *
   * @param name its path
   * @param expected the module's type and shape
   * @param actual the checkpoint's
   */
  public record Mismatch(String name, String expected, String actual) {
    @Override
    public String toString() {
      return "%s: model %s, file %s".formatted(name, expected, actual);
    }
  }

  /**
   * What became of every name. A further path of a shared parameter is neither loaded twice nor
   * unexpected.
   *
   * @param loaded paths that were overwritten
   * @param missing paths of the module that the checkpoint lacks
   * @param unexpected names in the checkpoint that the module lacks
   * @param mismatched paths of different shape or type
   */
  public record Report(
      List<String> loaded,
      List<String> missing,
      List<String> unexpected,
      List<Mismatch> mismatched) {
    /**
     * Whether everything had its counterpart.
     *
     * @return true if nothing was missing, unexpected or mismatched
     */
    public boolean complete() {
      return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
    }

    /**
     * The report in one line.
     *
     * @return counts, each with the first few names
     */
    public String summary() {
      StringBuilder text = new StringBuilder("%d tensors loaded".formatted(loaded.size()));
      append(text, "of another shape or type", mismatched);
      append(text, "missing from the file", missing);
      append(text, "unknown to the model", unexpected);
      return text.toString();
    }

    private static void append(StringBuilder text, String what, List<?> names) {
      if (!names.isEmpty()) {
        text.append(", %d %s (".formatted(names.size(), what));
        for (int i = 0; i < Math.min(3, names.size()); i++) {
          text.append(i == 0 ? "" : ", ").append(names.get(i));
        }
        text.append(names.size() > 3 ? ", …)" : ")");
      }
    }
  }

  /**
   * Overwrites a module's parameters and buffers. Nothing is written unless the whole checkpoint is
   * as the strictness demands and could be read.
   *
   * @param module the module
   * @param source the checkpoint
   * @param strictness what may differ
   * @return what was loaded and what was not
   * @throws CheckpointException if more differs than allowed, or a tensor cannot be read
   */
  public static Report load(Module module, TensorSource source, Strictness strictness) {
    Comparison comparison = Comparison.of(module, source);
    Report report = comparison.report();
    check(report, source, strictness);
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (String path : report.loaded()) {
      values.put(path, source.read(comparison.sourceNames().get(path)));
    }
    values.forEach((path, value) -> copy(value, comparison.targets().get(path)));
    module.notifyStateChanged();
    return report;
  }

  /**
   * What {@link #load} would load, without loading it.
   *
   * @param module the module
   * @param source the checkpoint
   * @return what fits and what does not
   */
  public static Report compare(Module module, TensorSource source) {
    return Comparison.of(module, source).report();
  }

  /**
   * A module beside a checkpoint.
   *
   * @param targets the module's tensors by path
   * @param sourceNames the checkpoint's name by path
   * @param report what fits and what does not
   */
  private record Comparison(
      Map<String, Tensor> targets, Map<String, String> sourceNames, Report report) {

    static Comparison of(Module module, TensorSource source) {
      Map<String, Tensor> targets = module.stateDict();
      Map<String, String> aliases = module.parameterAliases();
      // Published checkpoints may name a shared parameter by any of its paths.
      Map<String, String> sourceNames = new LinkedHashMap<>();
      Set<String> unexpected = new LinkedHashSet<>();
      for (String name : source.names()) {
        String path = aliases.getOrDefault(name, name);
        if (!targets.containsKey(path)) {
          unexpected.add(name);
        } else if (path.equals(name)) {
          sourceNames.put(path, name);
        } else {
          sourceNames.putIfAbsent(path, name);
        }
      }
      List<String> missing = new ArrayList<>();
      List<Mismatch> mismatched = new ArrayList<>();
      List<String> loaded = new ArrayList<>();
      for (Map.Entry<String, Tensor> target : targets.entrySet()) {
        String name = sourceNames.get(target.getKey());
        if (name == null) {
          missing.add(target.getKey());
        } else if (!fits(source, name, target.getValue())) {
          String expected = target.getValue().dtype() + target.getValue().shape().toString();
          String actual = source.dtype(name) + source.shape(name).toString();
          mismatched.add(new Mismatch(target.getKey(), expected, actual));
        } else {
          loaded.add(target.getKey());
        }
      }
      Report report = new Report(loaded, missing, List.copyOf(unexpected), mismatched);
      return new Comparison(targets, sourceNames, report);
    }
  }

  private static void check(Report report, TensorSource source, Strictness strictness) {
    boolean fits =
        switch (strictness) {
          case STRICT -> report.complete();
          case ALLOW_UNEXPECTED -> report.missing().isEmpty() && report.mismatched().isEmpty();
          case LENIENT -> !report.loaded().isEmpty();
        };
    if (!fits) {
      throw new CheckpointException(
          "%s does not fit this model: %s; use the configuration it was trained with"
              .formatted(
                  source.origin(), report.summary().replace("tensors loaded", "tensors fit")));
    }
  }

  /** Shapes are equal, and so are types, except that counters may be narrower in the file. */
  private static boolean fits(TensorSource source, String name, Tensor target) {
    DType type = source.dtype(name);
    boolean widens = type == DType.INT32 && target.dtype() == DType.INT64;
    return source.shape(name).equals(target.shape()) && (type == target.dtype() || widens);
  }

  private static void copy(Tensor from, Tensor to) {
    if (from.dtype() == to.dtype()) {
      to.copyFrom(from);
      return;
    }
    for (int i = 0; i < to.size(); i++) {
      to.longs()[to.offset() + i] = from.ints()[from.offset() + i];
    }
  }
}
