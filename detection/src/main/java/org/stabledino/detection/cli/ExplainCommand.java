package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.BoxPolicy;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.study.Explanation;
import org.stabledino.detection.study.Observation;
import org.stabledino.detection.study.Observer;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws what a trained detector does with one picture. */
@Command(
    name = "explain",
    description =
        "Draw what a trained detector does with a picture of a data set: matched queries from layer"
            + " to layer, positions and scores, sampling points, denoising queries and their mask.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino explain --checkpoint runs/demo --data runs/demo-data",
      "  ./stable-dino explain --checkpoint runs/demo --data runs/demo-data --image 42 --query 7 \\",
      "      --layer 1 --out runs/demo/explain",
      "  ./stable-dino explain --weights model_final.pth --config stable-dino-r50-4scale-12ep \\",
      "      --data coco/ compat=released",
    })
final class ExplainCommand implements Callable<Integer> {
  private static final Path DEMO = Path.of("runs/demo");
  private static final int LOOKED_AT = 50;

  @Mixin private DetectorOption detectorOption;

  @Option(names = "--data", required = true, description = "Folder of the data set.")
  private Path data;

  @Option(
      names = "--split",
      defaultValue = "val",
      description = "Which part of it (default: ${DEFAULT-VALUE}).")
  private String split;

  @Option(
      names = "--image",
      paramLabel = "ID|FILE",
      description =
          "Its id or file name in the annotations (default: the fullest of the first 50).")
  private String image;

  @Option(
      names = "--query",
      paramLabel = "N",
      description =
          "Whose sampling points to draw, from 0; may be given several times (default: the three"
              + " matched queries with the highest scores).")
  private List<Integer> queries = new ArrayList<>();

  @Option(
      names = "--layer",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "The decoder layer to look at closely, from 1 (default: the last; for the costs the head"
              + " where modulation changes most).")
  private int layer;

  @Option(
      names = "--out",
      defaultValue = "explain",
      description = "Where index.html and its pictures go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Mixin private DeviceOption device;

  @Parameters(paramLabel = "key=value", description = "Replace a setting.")
  private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    Device target = device.open();
    DataSource source =
        new CocoFolder(data).open(split, BoxPolicy.DROP, Warnings.refuseErrors(System.err));
    ModelFile.Loaded detector =
        detectorOption.open(DEMO, Overrides.parse(arguments), source.dataset().categories());
    detector.requireCategoriesOf(source.dataset());
    detector.on(target);
    new RunFolder(out).requireWritable();
    Observation seen = Observer.observe(detector, source, imageIndex(source.dataset()));
    Path page = new Explanation(seen, queries, layer).write(out);
    System.out.println("look at " + page);
    return 0;
  }

  private int imageIndex(CocoDataset dataset) {
    if (image == null) {
      return fullest(dataset);
    }
    int byName = dataset.imageIndex(image).orElse(-1);
    int index = byName >= 0 ? byName : byId(dataset);
    if (index < 0) {
      throw new UserException(
          "--image %s: %s lists no image of that id or file name; look them up in its \"images\""
              .formatted(image, dataset.file()));
    }
    return index;
  }

  private int byId(CocoDataset dataset) {
    try {
      return dataset.imageIndex(Long.parseLong(image));
    } catch (NumberFormatException noNumber) {
      return -1;
    }
  }

  /** Of the first images, the one with most objects: it has the most to show. */
  private static int fullest(CocoDataset dataset) {
    int best = -1;
    long most = 0;
    for (int i = 0; i < dataset.images().size() && (i < LOOKED_AT || most == 0); i++) {
      long objects = dataset.annotationsOf(i).stream().filter(Annotation::trainable).count();
      if (objects > most) {
        most = objects;
        best = i;
      }
    }
    if (best < 0) {
      throw new UserException(
          "%s: no image has an annotation that can be matched; give a split with annotations"
              .formatted(dataset.file()));
    }
    return best;
  }
}
