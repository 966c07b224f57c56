package org.stabledino.detection.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.engine.Detector;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.DetectionList;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a trained detector on pictures. */
@Command(
    name = "detect",
    description =
        "Detect objects on pictures: annotated PNG files and COCO results in detections.json.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino detect --checkpoint runs/a photo.jpg",
      "  ./stable-dino detect --checkpoint runs/a --out found --score 0.5 photos/",
    })
final class DetectCommand implements Callable<Integer> {
  private static final String[] PICTURES = {".jpg", ".jpeg", ".png"};

  @Option(
      names = "--checkpoint",
      defaultValue = "runs/demo",
      description = "A run's folder, or a model.safetensors file (default: ${DEFAULT-VALUE}).")
  private Path checkpoint;

  @Option(
      names = "--out",
      defaultValue = "detections",
      description = "Where the results go (default: ${DEFAULT-VALUE}).")
  private Path out;

  @Option(
      names = "--score",
      defaultValue = "0.3",
      description = "Lowest score that is drawn (default: ${DEFAULT-VALUE}).")
  private double minScore;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|FOLDER|key=value",
      description = "Pictures, folders of pictures, or settings to replace.")
  private List<String> arguments;

  @Override
  public Integer call() {
    List<String> settings = new ArrayList<>();
    List<Path> pictures = new ArrayList<>();
    for (String argument : arguments) {
      Path path = Path.of(argument);
      if (argument.contains("=") && !Files.exists(path)) {
        settings.add(argument);
      } else {
        pictures.addAll(picturesIn(path));
      }
    }
    if (pictures.isEmpty()) {
      throw new UserException("no picture given: name .jpg or .png files, or folders of them");
    }
    Detector detector = new Detector(ModelFile.read(checkpoint, Overrides.parse(settings)));
    RunFolder folder = new RunFolder(out).create();
    DetectionList results = new DetectionList();
    for (int i = 0; i < pictures.size(); i++) {
      Path picture = pictures.get(i);
      Path painted = out.resolve(stem(picture) + ".png");
      int found = detector.detect(picture, i + 1, minScore, painted, results);
      System.out.printf("%s: %d found, image_id %d, %s%n", picture, found, i + 1, painted);
    }
    CocoResults.write(folder.detections(), results);
    System.out.println("results: " + folder.detections());
    return 0;
  }

  private static List<Path> picturesIn(Path path) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.filter(DetectCommand::isPicture).sorted().toList();
    } catch (IOException failure) {
      throw new UserException("cannot read the folder %s: %s".formatted(path, failure), failure);
    }
  }

  private static boolean isPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return Stream.of(PICTURES).anyMatch(name::endsWith);
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
