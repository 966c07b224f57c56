package org.stabledino.detection.engine;

import java.util.List;
import org.stabledino.detection.data.Sample;
import tools.jackson.core.JsonGenerator;

/** Says in JSON what a batch was made of. */
final class SampleJson {
  private SampleJson() {}

  /** Writes {@code "images": [{"image_id": 1, "annotation_ids": [2, 3]}, ...]}. */
  static void write(JsonGenerator json, List<Sample> samples) {
    json.writeArrayPropertyStart("images");
    for (Sample sample : samples) {
      json.writeStartObject();
      json.writeNumberProperty("image_id", sample.imageId());
      json.writeArrayPropertyStart("annotation_ids");
      for (long id : sample.annotationIds()) {
        json.writeNumber(id);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
