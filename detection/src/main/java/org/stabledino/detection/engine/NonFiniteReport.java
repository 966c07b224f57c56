package org.stabledino.detection.engine;

import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.files.AtomicFile;
import org.stabledino.detection.losses.NonFiniteLossException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** The batch that made a loss NaN or infinite, kept for a look. */
final class NonFiniteReport {
  private NonFiniteReport() {}

  /**
   * Writes the report.
   *
   * @param file where
   * @param step the steps done before
   * @param samples the batch
   * @param failure which loss, and what it became
   */
  static void write(Path file, long step, List<Sample> samples, NonFiniteLossException failure) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeNumberProperty("step", step + 1);
      json.writeStringProperty("loss", failure.loss());
      json.writeStringProperty("message", failure.getMessage());
      SampleJson.write(json, samples);
      json.writeEndObject();
    }
    AtomicFile.writeText(file, text.toString());
  }
}
