package org.stabledino.nn.weights;

import java.util.List;
import java.util.Locale;
import org.stabledino.nn.io.StateDicts.Mismatch;

/**
 * What became of every tensor of a model and of a file of weights. Names are the model's.
 *
 * @param origin the file
 * @param kind whose names it bears
 * @param loaded overwritten with values of the file, the resized ones among them
 * @param resized tables of relative positions that were interpolated to the model's window
 * @param reinitialised of another shape in the file: they keep the model's initial values
 * @param missing in the file: they keep the model's initial values
 * @param unexpected in the file: the model has no such tensors
 * @param leftOut in the file and of no use to any detector, such as a classifier's head, by the
 *     file's names
 */
public record LoadReport(
    String origin,
    WeightKind kind,
    List<String> loaded,
    List<Mismatch> resized,
    List<Mismatch> reinitialised,
    List<String> missing,
    List<String> unexpected,
    List<String> leftOut) {
  private static final int SHOWN = 3;

  /** Copies the lists. */
  public LoadReport {
    loaded = List.copyOf(loaded);
    resized = List.copyOf(resized);
    reinitialised = List.copyOf(reinitialised);
    missing = List.copyOf(missing);
    unexpected = List.copyOf(unexpected);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * The report as a small table: a line for each fate with its count and the first names.
   *
   * @return lines, each with its end
   */
  public String table() {
    StringBuilder text = new StringBuilder();
    text.append("weights: %s, %s%n".formatted(origin, kind.title()));
    append(text, "loaded", loaded);
    append(text, "resized", resized);
    append(text, "re-initialised", reinitialised);
    append(text, "missing", missing);
    append(text, "unexpected", unexpected);
    append(text, "left out", leftOut);
    return text.toString();
  }

  private static void append(StringBuilder text, String fate, List<?> names) {
    if (names.isEmpty()) {
      return;
    }
    List<String> first = names.stream().limit(SHOWN).map(Object::toString).toList();
    text.append(
        String.format(
            Locale.ROOT,
            "  %-15s%5d  %s%s%n",
            fate,
            names.size(),
            String.join("; ", first),
            names.size() > SHOWN ? "; …" : ""));
  }
}
