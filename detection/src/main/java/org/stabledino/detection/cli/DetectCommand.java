package org.stabledino.detection.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.ImageDecoder;
import org.stabledino.detection.engine.Detector;
import org.stabledino.detection.engine.Profiling;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.evaluation.CocoResults;
import org.stabledino.detection.evaluation.DetectionList;
import org.stabledino.tensor.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  /** Where the demo leaves its detector, for those who name none. */
  private static final Path DEMO = Path.of("runs", "demo");

  @Mixin private DetectorOption detectorOption;

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

  @Mixin private DeviceOption device;

  @Mixin private ProfileOption profile;

  @Parameters(
      arity = "1..*",
      paramLabel = "IMAGE|FOLDER|key=value",
      description = "Pictures, folders of pictures, or settings to replace.")
  private List<String> arguments;

  @Override
  public Integer call() {
    profile.requireCpu(device);
    Device target = device.open();
    if (!(minScore >= 0 && minScore <= 1)) {
      throw new UserException("--score %s is out of range; give 0 to 1".formatted(minScore));
    }
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
      throw new UserException(
          "no picture found in %s; name .jpg or .png files, or folders of them"
              .formatted(String.join(", ", arguments)));
    }
    Map<Path, Path> pictureByCopy = copies(pictures);
    // A first look at all of them, so that a damaged one does not end a long run halfway.
    pictures.forEach(ImageDecoder::read);
    Detector detector =
        new Detector(
            detectorOption.open(DEMO, Overrides.parseForInference(settings), List.of()).on(target));
    RunFolder folder = new RunFolder(out).requireNoRun("detections").requireWritable();
    Profiling profiling = profile.wanted() ? detector.profile(pictures.size()) : null;
    DetectionList results = new DetectionList();
    int id = 0;
    for (Map.Entry<Path, Path> entry : pictureByCopy.entrySet()) {
      id++;
      int found = detector.detect(entry.getValue(), id, minScore, entry.getKey(), results);
      System.out.printf(
          "%s: %d found, image_id %d, %s%n", entry.getValue(), found, id, entry.getKey());
    }
    CocoResults.write(folder.detections(), results);
    System.out.println("results: " + folder.detections());
    profile.show(
        System.out::println, folder, "detect, %d pictures".formatted(id), "picture", profiling);
    return 0;
  }

  /** Each picture by the annotated copy it gets; no copy may replace another or a picture. */
  private Map<Path, Path> copies(List<Path> pictures) {
    Map<Path, Path> pictureByCopy = new LinkedHashMap<>();
    for (Path picture : pictures) {
      Path copy = out.resolve(stem(picture) + ".png");
      Path other = pictureByCopy.putIfAbsent(copy, picture);
      if (other != null) {
        throw new UserException(
            "%s and %s would both be drawn to %s; detect on them one after the other, with another --out each"
                .formatted(other, picture, copy));
      }
    }
    Set<Path> originals =
        pictures.stream().map(DetectCommand::normal).collect(Collectors.toUnmodifiableSet());
    for (Path copy : pictureByCopy.keySet()) {
      if (originals.contains(normal(copy))) {
        throw new UserException(
            "the picture %s would be replaced by an annotated copy; choose another folder with --out"
                .formatted(copy));
      }
    }
    return pictureByCopy;
  }

  private static Path normal(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static List<Path> picturesIn(Path path) {
    if (!Files.exists(path)) {
      throw new UserException(path + ": no such picture or folder; check its name");
    }
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
