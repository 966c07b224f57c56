package org.stabledino.detection.evaluation;

import java.nio.file.Path;
import java.util.Map;
import org.stabledino.detection.files.AtomicFile;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/**
 * The figures as JSON: {@code {"bbox": {"stats": {"AP": ...}, "AP_by_iou": {"0.50": ...},
 * "per_class": [...]}}}, at full precision.
 */
public final class MetricsJson {
  private static final JsonFactory JSON = new JsonFactory();
  private static final ObjectWriteContext INDENTED =
      new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
          return new DefaultPrettyPrinter();
        }
      };

  private MetricsJson() {}

  /**
   * Writes the figures of box detections. The file appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   * @param metrics what to write
   * @throws org.stabledino.detection.UserException where the file cannot be written
   */
  public static void write(Path file, CocoMetrics metrics) {
    write(file, Map.of("bbox", metrics));
  }

  /**
   * Writes the figures of several kinds of region. The file appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   * @param metricsByType the figures under {@code bbox} or {@code segm}, written in this order
   * @throws org.stabledino.detection.UserException where the file cannot be written
   */
  public static void write(Path file, Map<String, CocoMetrics> metricsByType) {
    AtomicFile.write(
        file,
        out -> {
          try (JsonGenerator json = JSON.createGenerator(INDENTED, out)) {
            json.writeStartObject();
            metricsByType.forEach(
                (type, metrics) -> {
                  json.writeName(type);
                  write(json, metrics);
                });
            json.writeEndObject();
            json.writeRaw('\n');
          }
        });
  }

  private static void write(JsonGenerator json, CocoMetrics metrics) {
    json.writeStartObject();
    json.writeName("stats");
    writeFigures(json, metrics.figures());
    json.writeName("AP_by_iou");
    writeFigures(json, metrics.figuresByIou());
    json.writeArrayPropertyStart("per_class");
    for (ClassMetrics c : metrics.perClass()) {
      json.writeStartObject();
      json.writeNumberProperty("category_id", c.categoryId());
      json.writeStringProperty("name", c.name());
      c.figures().forEach(json::writeNumberProperty);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeFigures(JsonGenerator json, Map<String, Double> figures) {
    json.writeStartObject();
    figures.forEach(json::writeNumberProperty);
    json.writeEndObject();
  }
}
