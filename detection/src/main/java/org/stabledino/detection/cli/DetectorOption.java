package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.engine.ModelFile;
import picocli.CommandLine.Option;

/** Which detector: one trained here, or published weights with the preset they belong to. */
final class DetectorOption {

  @Option(names = "--checkpoint", description = "A run's folder, or a model.safetensors file.")
  private Path checkpoint;

  @Option(
      names = "--weights",
      paramLabel = "FILE",
      description = "Published weights of a whole detector (.pth or .safetensors); needs --config.")
  private Path weights;

  @Option(
      names = "--config",
      description =
          "The preset that --weights belong to (see ./stable-dino presets), or a config.properties"
              + " file.")
  private String config;

  /**
   * Reads the detector.
   *
   * @param otherwise the checkpoint where no option names a detector; null for none
   * @param overrides settings to replace
   * @param categories what the classes of published weights stand for; empty for COCO's
   */
  ModelFile.Loaded open(Path otherwise, Map<String, String> overrides, List<Category> categories) {
    if (checkpoint != null && weights != null) {
      throw new UserException("--checkpoint and --weights name two detectors: leave one out");
    }
    if ((weights == null) != (config == null)) {
      throw new UserException(
          "--weights FILE and --config PRESET belong together; runs need --checkpoint only");
    }
    if (weights != null) {
      return ModelFile.assemble(
          weights,
          classes -> TrainCommand.configuration(config, classes).with(overrides),
          categories);
    }
    Path path = checkpoint == null ? otherwise : checkpoint;
    if (path == null) {
      throw new UserException("which detector? Give --checkpoint, or --weights with --config");
    }
    return ModelFile.read(path, overrides);
  }
}
