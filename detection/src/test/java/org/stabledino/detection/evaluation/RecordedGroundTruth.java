package org.stabledino.detection.evaluation;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.stabledino.detection.testing.RecordedJson;

/** Reads a small {@code gt.json} as it is, independent of the product's reader. */
final class RecordedGroundTruth {
  private RecordedGroundTruth() {}

  static CocoGroundTruth read(Path file) {
    RecordedJson json = RecordedJson.read(file);
    long[] images =
        json.get("images").list().stream().mapToLong(i -> i.get("id").asLong()).toArray();
    List<CocoCategory> categories =
        json.get("categories").list().stream()
            .map(c -> new CocoCategory(c.get("id").asLong(), c.get("name").asString()))
            .toList();
    List<GroundTruthBox> boxes = new ArrayList<>();
    for (RecordedJson a : json.get("annotations").list()) {
      List<RecordedJson> b = a.get("bbox").list();
      boxes.add(
          new GroundTruthBox(
              a.get("id").asLong(),
              a.get("image_id").asLong(),
              a.get("category_id").asLong(),
              b.get(0).asDouble(),
              b.get(1).asDouble(),
              b.get(2).asDouble(),
              b.get(3).asDouble(),
              a.get("area").asDouble(),
              a.get("iscrowd").asLong() != 0));
    }
    return new CocoGroundTruth(images, categories, boxes);
  }
}
