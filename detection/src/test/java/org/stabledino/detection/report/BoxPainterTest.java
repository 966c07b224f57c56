package org.stabledino.detection.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BoxPainterTest {
  private final BoxPainter painter = new BoxPainter(List.of("circle", "square"));

  @Test
  void framesADetectionInTheColourOfItsClassAndLeavesTheRest() {
    BufferedImage picture = gray(200, 100);
    LabelledBox box = new LabelledBox(50, 40, 80, 40, 1, 0.87);
    BufferedImage painted = painter.paint(picture, List.of(box), List.of());
    assertThat(painted.getWidth()).isEqualTo(200);
    assertThat(painted.getHeight()).isEqualTo(100);
    int color = Palette.color(1).getRGB();
    assertThat(painted.getRGB(90, 79) == color || painted.getRGB(90, 80) == color).isTrue();
    assertThat(painted.getRGB(10, 90)).isEqualTo(picture.getRGB(10, 90));
    assertThat(painted.getRGB(90, 20)).isEqualTo(Color.GRAY.getRGB());
    assertThat(picture.getRGB(90, 80)).isEqualTo(Color.GRAY.getRGB());
  }

  @Test
  void paintsLabelsOfBoxesThatReachBeyondThePicture() {
    List<LabelledBox> beyond =
        List.of(
            new LabelledBox(-20, -20, 400, 400, 0, 1),
            new LabelledBox(190, 95, 80, 80, 7, 0.5),
            new LabelledBox(300, 300, 10, 10, 1, 0.5));
    BufferedImage painted = painter.paint(gray(200, 100), beyond, List.of());
    // The label of the box that covers everything is moved into the upper left corner.
    Color corner = new Color(painted.getRGB(1, 7));
    assertThat(corner.getBlue()).isGreaterThan(corner.getRed() + 60);
  }

  @Test
  void dashesAnAnnotation() {
    BufferedImage painted =
        painter.paint(gray(200, 100), List.of(), List.of(LabelledBox.truth(20, 20, 160, 60, 0)));
    Set<Integer> colors = new HashSet<>();
    for (int x = 25; x < 175; x++) {
      colors.add(painted.getRGB(x, 20));
    }
    assertThat(colors).contains(Palette.color(0).darker().getRGB());
    assertThat(colors.stream().map(c -> new Color(c)).anyMatch(c -> c.getRed() > 200)).isTrue();
  }

  @Test
  void classesHaveTheirOwnColours() {
    Set<Color> colors = new HashSet<>();
    for (int i = 0; i < 90; i++) {
      colors.add(Palette.color(i));
    }
    assertThat(colors).hasSize(90);
    assertThat(Palette.textOn(Color.YELLOW)).isEqualTo(Color.BLACK);
    assertThat(Palette.textOn(Color.BLUE)).isEqualTo(Color.WHITE);
  }

  private static BufferedImage gray(int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, Color.GRAY.getRGB());
      }
    }
    return picture;
  }
}
