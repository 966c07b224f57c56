package org.stabledino.detection.cli;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.stabledino.detection.config.Preset;
import org.stabledino.detection.config.RunConfig;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.files.Trees;
import org.stabledino.detection.model.StableDino;
import org.stabledino.nn.init.Rng;

/**
 * What the launcher runs once after a build, to record which classes a command loads and which
 * methods it calls ({@code -XX:AOTCacheOutput}): {@code detect} on one picture, with an untrained
 * model. Later starts find these classes loaded and linked.
 */
final class StartupTraining {
  private StartupTraining() {}

  /**
   * Detects in a temporary folder, and ends the JVM as the command line does.
   *
   * @param arguments none
   * @throws IOException if the folder takes no files
   */
  public static void main(String... arguments) throws IOException {
    Path folder = Files.createTempDirectory("stable-dino-start");
    int code;
    try {
      code = detect(folder);
    } finally {
      Trees.delete(folder);
    }
    System.exit(code);
  }

  /** Detects on a picture in a folder; returns the exit code. */
  static int detect(Path folder) throws IOException {
    Path weights = folder.resolve("model.safetensors");
    RunConfig config = Preset.of("stable-dino-demo").settings(1);
    StableDino model = new StableDino(config.model());
    model.initialize(Rng.of(1));
    ModelFile.write(weights, model.stateDict(), config, List.of(new Category(1, "thing", "")));
    Path picture = folder.resolve("picture.jpg");
    ImageIO.write(new BufferedImage(96, 64, BufferedImage.TYPE_INT_RGB), "jpg", picture.toFile());
    return Main.run(
        "detect",
        "--checkpoint",
        weights.toString(),
        "--score",
        "0",
        "--out",
        folder.resolve("found").toString(),
        picture.toString());
  }
}
