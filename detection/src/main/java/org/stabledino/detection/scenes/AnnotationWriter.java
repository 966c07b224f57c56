package org.stabledino.detection.scenes;

import java.io.OutputStream;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** Writes the annotations of one split in COCO's format, scene by scene. */
final class AnnotationWriter {
  private static final JsonFactory FACTORY = new JsonFactory();

  private AnnotationWriter() {}

  /** The file name of an image, relative to the images folder. */
  static String fileName(int imageId) {
    return String.format(Locale.ROOT, "%06d.png", imageId);
  }

  /**
   * Writes one annotation file.
   *
   * @param out where to; closed at the end
   * @param options what was rendered
   * @param split which split
   * @param firstImageId id of its first image; the others follow
   * @param scenes the objects of every scene in order
   */
  static void write(
      OutputStream out,
      SceneOptions options,
      SceneSplit split,
      int firstImageId,
      List<List<SceneObject>> scenes) {
    try (JsonGenerator json =
        FACTORY.createGenerator(ObjectWriteContext.empty(), out, JsonEncoding.UTF8)) {
      json.writeStartObject();
      writeInfo(json, options, split);
      writeCategories(json);
      json.writeArrayPropertyStart("images");
      for (int i = 0; i < scenes.size(); i++) {
        json.writeStartObject();
        json.writeNumberProperty("id", firstImageId + i);
        json.writeStringProperty("file_name", fileName(firstImageId + i));
        json.writeNumberProperty("width", options.size());
        json.writeNumberProperty("height", options.size());
        json.writeNumberProperty("license", 1);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("annotations");
      int id = 1;
      for (int i = 0; i < scenes.size(); i++) {
        for (SceneObject object : scenes.get(i)) {
          writeAnnotation(json, id++, firstImageId + i, object);
        }
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void writeInfo(JsonGenerator json, SceneOptions options, SceneSplit split) {
    json.writeObjectPropertyStart("info");
    json.writeStringProperty("description", "Rendered scenes, " + split.label());
    json.writeStringProperty("version", Integer.toString(SceneDataset.VERSION));
    json.writeNumberProperty("seed", options.seed());
    json.writeEndObject();
    json.writeArrayPropertyStart("licenses");
    json.writeStartObject();
    json.writeNumberProperty("id", 1);
    json.writeStringProperty("name", "Apache-2.0");
    json.writeStringProperty("url", "https://www.apache.org/licenses/LICENSE-2.0");
    json.writeEndObject();
    json.writeEndArray();
  }

  private static void writeCategories(JsonGenerator json) {
    json.writeArrayPropertyStart("categories");
    for (ShapeClass kind : ShapeClass.values()) {
      json.writeStartObject();
      json.writeNumberProperty("id", kind.categoryId());
      json.writeStringProperty("name", kind.label());
      json.writeStringProperty("supercategory", "shape");
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeAnnotation(JsonGenerator json, int id, int imageId, SceneObject object) {
    json.writeStartObject();
    json.writeNumberProperty("id", id);
    json.writeNumberProperty("image_id", imageId);
    json.writeNumberProperty("category_id", object.kind().categoryId());
    json.writeName("bbox");
    json.writeArray(new int[] {object.x(), object.y(), object.width(), object.height()}, 0, 4);
    json.writeNumberProperty("area", object.area());
    json.writeNumberProperty("iscrowd", object.crowd() ? 1 : 0);
    json.writeName("segmentation");
    switch (object.segmentation()) {
      case Segmentation.Polygon(double[] corners) -> {
        json.writeStartArray();
        json.writeStartArray();
        for (double corner : corners) {
          // Hundredths of a pixel are plenty.
          json.writeNumber(Math.round(corner * 100) / 100.0);
        }
        json.writeEndArray();
        json.writeEndArray();
      }
      case Segmentation.RunLengths(int height, int width, int[] counts) -> {
        json.writeStartObject();
        json.writeName("size");
        json.writeArray(new int[] {height, width}, 0, 2);
        json.writeName("counts");
        json.writeArray(counts, 0, counts.length);
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }
}
