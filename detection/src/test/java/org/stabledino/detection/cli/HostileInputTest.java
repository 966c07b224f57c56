package org.stabledino.detection.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.testing.Mutator;

/**
 * Commands on damaged files: done, or refused in one line with exit code 2; what they write is
 * whole, and what was there before is kept when they fail.
 */
class HostileInputTest {
  private static final String TRUTH =
      """
      {"images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30}],
       "annotations": [
        {"id": 11, "image_id": 1, "category_id": 5, "bbox": [4, 6, 10.5, 12], "area": 126,
         "iscrowd": 0, "segmentation": {"size": [30, 40], "counts": [600, 300, 300]}},
        {"id": 12, "image_id": 1, "category_id": 5, "bbox": [20, 6, 10, 12], "area": 120}],
       "categories": [{"id": 5, "name": "pen"}]}
      """;

  private static final String FOUND =
      """
      [{"image_id": 1, "category_id": 5, "bbox": [4, 6, 10, 12], "score": 0.9},
       {"image_id": 1, "category_id": 5, "bbox": [20.5, 6, 10, 12], "score": 0.25}]
      """;

  @TempDir Path folder;

  private static void requireDoneOrRefused(String what, CommandLineRun run) {
    if (run.code() != 0) {
      run.refused();
    }
    assertThat(run.code()).as(what + "\n" + run.err()).isIn(0, 2);
  }

  @Test
  void evaluationOfDamagedResults() throws IOException {
    Path truth = folder.resolve("gt.json");
    Path found = folder.resolve("dt.json");
    Path figures = folder.resolve("metrics.json");
    int done = 0;
    for (int seed = 0; seed < 200; seed++) {
      boolean damageTruth = seed % 3 == 0;
      Mutator mutator = new Mutator(seed);
      Files.write(truth, damageTruth ? mutator.json(TRUTH) : bytes(TRUTH));
      Files.write(found, damageTruth ? bytes(FOUND) : mutator.json(FOUND));
      Files.writeString(figures, "what was there before");
      CommandLineRun run =
          CommandLineRun.of("coco-eval", "--gt", truth, "--dt", found, "--json", figures);
      requireDoneOrRefused("seed " + seed, run);
      String written = Files.readString(figures);
      if (run.code() == 0) {
        done++;
        assertThat(written).startsWith("{").endsWith("}\n").contains("\"per_class\"");
      } else {
        assertThat(written).isEqualTo("what was there before");
      }
      try (Stream<Path> files = Files.list(folder)) {
        assertThat(files).hasSize(3);
      }
    }
    assertThat(done).isBetween(1, 199);
  }

  @Test
  void inspectionOfADamagedFolder() throws IOException {
    Path data = TinyRun.scenes(folder.resolve("scenes"));
    Path annotations = data.resolve("annotations/instances_val.json");
    String sound = Files.readString(annotations);
    List<Path> pictures;
    try (Stream<Path> files = Files.walk(data)) {
      pictures = files.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    assertThat(pictures).isNotEmpty();
    for (int seed = 0; seed < 40; seed++) {
      Mutator mutator = new Mutator(seed);
      Files.write(annotations, seed % 2 == 0 ? mutator.json(sound) : bytes(sound));
      Path picture = pictures.get(seed % pictures.size());
      Files.write(picture, mutator.bytes(Files.readAllBytes(picture)));
      Object before = CommandLineRun.snapshot(data);
      requireDoneOrRefused(
          "seed " + seed,
          CommandLineRun.of("inspect", "--data", data, "--split", "val", "--decode"));
      assertThat(CommandLineRun.snapshot(data)).isEqualTo(before);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
