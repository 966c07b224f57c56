package org.stabledino.detection.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurvesTest {
  @TempDir Path folder;

  @Test
  void drawsEveryCurveInItsColour() throws IOException {
    double[] steps = new double[200];
    double[] total = new double[200];
    double[] box = new double[200];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = 10 * i;
      total[i] = 20 * Math.exp(-i / 60.0) + 2;
      box[i] = 6 * Math.exp(-i / 40.0) + 0.5;
    }
    // Neither may disturb the axis.
    total[7] = Double.NaN;
    total[8] = Double.POSITIVE_INFINITY;
    box[9] = 0;
    Path file = folder.resolve("made/loss.png");
    boolean written =
        new Curves("Loss", "step", "loss")
            .logScale()
            .add("total", steps, total)
            .add("boxes", steps, box)
            .write(file);
    assertThat(written).isTrue();
    BufferedImage chart = ImageIO.read(file.toFile());
    assertThat(chart.getWidth()).isEqualTo(1200);
    assertThat(count(chart, Palette.color(0).getRGB())).isGreaterThan(300);
    assertThat(count(chart, Palette.color(1).getRGB())).isGreaterThan(300);
  }

  @Test
  void aSinglePointShows() throws IOException {
    Path file = folder.resolve("ap.png");
    new Curves("AP", "epoch", "AP").add("AP", new double[] {1}, new double[] {0.3}).write(file);
    assertThat(count(ImageIO.read(file.toFile()), Palette.color(0).getRGB())).isGreaterThan(10);
  }

  @Test
  void aConstantCurveShowsOnEitherScale() throws IOException {
    double[] steps = new double[100];
    double[] same = new double[100];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = i;
      same[i] = 0.25;
    }
    Path file = folder.resolve("same.png");
    assertThat(new Curves("Same", "step", "loss").add("a", steps, same).write(file)).isTrue();
    assertThat(count(ImageIO.read(file.toFile()), Palette.color(0).getRGB())).isGreaterThan(300);
    assertThat(new Curves("Same", "step", "loss").logScale().add("a", steps, same).write(file))
        .isTrue();
    assertThat(count(ImageIO.read(file.toFile()), Palette.color(0).getRGB())).isGreaterThan(300);
  }

  @Test
  void writesNothingWhereThereIsNothingToShow() {
    Path file = folder.resolve("empty.png");
    Curves curves = new Curves("Loss", "step", "loss").logScale();
    assertThat(curves.write(file)).isFalse();
    assertThat(curves.add("zero", new double[] {1}, new double[] {0}).write(file)).isFalse();
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> curves.add("odd", new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("curve odd has 2 x and 3 y");
  }

  private static int count(BufferedImage image, int rgb) {
    int n = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        n += image.getRGB(x, y) == rgb ? 1 : 0;
      }
    }
    return n;
  }
}
