package org.stabledino.detection.study;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.stabledino.detection.files.AtomicFile;
import org.stabledino.detection.report.StepLines;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The unstable scores of several runs side by side, as a table, as JSON and as a chart.
 *
 * @param data what they were measured on, as shown to readers
 * @param runs the results, in the order in which they are shown
 */
public record StabilityReport(String data, List<Stability> runs) {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * A table for people: a row for each pair of adjacent heads, a column for each run.
   *
   * @return lines that end in a line break
   */
  public String table() {
    List<String> names = pairNames();
    int first = Math.max(27, names.stream().mapToInt(String::length).max().orElse(0));
    StringBuilder table = new StringBuilder();
    row(table, "unstable score, %", first, runs.stream().map(Stability::run).toList());
    for (int pair = 0; pair < names.size(); pair++) {
      int p = pair;
      figures(table, names.get(p), first, run -> p < run.pairs() ? run.percent(p) : Double.NaN);
    }
    figures(table, "mean between layers", first, Stability::decoderMean);
    figures(table, "the same query throughout", first, Stability::steady);
    row(
        table,
        "ground truths",
        first,
        runs.stream().map(run -> String.format(Locale.ROOT, "%,d", run.truths())).toList());
    return table.toString();
  }

  private void figures(
      StringBuilder table, String name, int first, ToDoubleFunction<Stability> figure) {
    row(
        table,
        name,
        first,
        runs.stream()
            .map(figure::applyAsDouble)
            .map(f -> f.isNaN() ? "-" : String.format(Locale.ROOT, "%.1f", f))
            .toList());
  }

  private void row(StringBuilder table, String name, int first, List<String> cells) {
    table.append(name).append(" ".repeat(first - name.length()));
    for (int i = 0; i < cells.size(); i++) {
      int width = Math.max(9, runs.get(i).run().length());
      table.append("  ").append(" ".repeat(width - cells.get(i).length())).append(cells.get(i));
    }
    table.append('\n');
  }

  /** Of the run with the most layers. */
  private List<String> pairNames() {
    Stability longest = runs.stream().max(Comparator.comparingInt(Stability::pairs)).orElseThrow();
    return IntStream.range(0, longest.pairs()).mapToObj(longest::pairName).toList();
  }

  /**
   * Writes the counts and percentages. The file appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   */
  public void writeJson(Path file) {
    AtomicFile.write(
        file,
        out -> {
          try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeStringProperty("data", data);
            json.writeArrayPropertyStart("runs");
            for (Stability run : runs) {
              write(json, run);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
          }
        });
  }

  private static void write(JsonGenerator json, Stability run) {
    json.writeStartObject();
    json.writeStringProperty("run", run.run());
    json.writeNumberProperty("images", run.images());
    json.writeNumberProperty("ground_truths", run.truths());
    json.writeArrayPropertyStart("pairs");
    for (int pair = 0; pair < run.pairs(); pair++) {
      json.writeStartObject();
      json.writeStringProperty("from", run.heads().get(pair));
      json.writeStringProperty("to", run.heads().get(pair + 1));
      json.writeNumberProperty("changed", run.changed()[pair]);
      json.writeNumberProperty("percent", run.percent(pair));
      json.writeEndObject();
    }
    json.writeEndArray();
    if (!Double.isNaN(run.decoderMean())) {
      json.writeNumberProperty("mean_between_layers", run.decoderMean());
    }
    json.writeArrayPropertyStart("ground_truths_by_changes");
    for (long count : run.truthsByChanges()) {
      json.writeNumber(count);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /**
   * Draws the scores over the heads, as in the paper's Fig. 3.
   *
   * @param file where to write the PNG file
   * @return false where nothing was written, because no font is installed
   */
  public boolean writeChart(Path file) {
    List<String> names = pairNames();
    StepLines chart =
        new StepLines(
            "Unstable score", "adjacent heads", "% of ground truths that change query", names);
    for (Stability run : runs) {
      List<Double> percents = new ArrayList<>();
      IntStream.range(0, run.pairs()).mapToObj(run::percent).forEach(percents::add);
      chart.add(run.run(), percents);
    }
    return chart.write(file);
  }
}
