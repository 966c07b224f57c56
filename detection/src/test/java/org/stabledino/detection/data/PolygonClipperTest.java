package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PolygonClipperTest {

  private static double area(double[] ring) {
    double twice = 0;
    for (int i = 0; i < ring.length; i += 2) {
      int next = (i + 2) % ring.length;
      twice += ring[i] * ring[next + 1] - ring[i + 1] * ring[next];
    }
    return twice / 2;
  }

  private static List<double[]> clip(double... ring) {
    return PolygonClipper.clip(ring, 0, 0, 10, 10);
  }

  @Test
  void aPolygonInsideStaysAsItIs() {
    double[] triangle = {1, 1, 5, 1, 1, 5};
    assertThat(clip(triangle)).containsExactly(triangle);
    assertThat(clip(1, 1, 1, 1, 5, 1, 1, 5, 1, 1)).containsExactly(triangle);
  }

  @Test
  void nothingIsLeftOutsideOrWithoutArea() {
    assertThat(clip(20, 20, 30, 20, 30, 30)).isEmpty();
    assertThat(clip(10, 0, 20, 0, 20, 10, 10, 10)).as("touches the edge only").isEmpty();
    assertThat(clip(1, 1, 5, 5, 3, 3)).as("a line").isEmpty();
    assertThat(clip(1, 1, 2, 2)).isEmpty();
  }

  @Test
  void anEdgeAlongTheRectangleIsOneEdge() {
    List<double[]> pieces = clip(0, 2, 20, 2, 20, 8, 0, 8);
    assertThat(pieces).hasSize(1);
    assertThat(area(pieces.getFirst())).isEqualTo(60);
    assertThat(clip(-5, -5, 15, -5, 15, 15, -5, 15).getFirst()).hasSize(8);
    assertThat(clip(0, 0, 10, 0, 10, 10, 0, 10).getFirst()).hasSize(8);
  }

  @Test
  void aCombFallsIntoItsTeeth() {
    List<double[]> pieces = clip(1, 5, 3, 5, 3, 12, 6, 12, 6, 5, 8, 5, 8, 14, 1, 14);
    assertThat(pieces).hasSize(2);
    assertThat(pieces).allSatisfy(p -> assertThat(area(p)).isEqualTo(10));
  }

  @Test
  void ofABowTieTheWingStaysThatTheOutlineWindsAround() {
    double[] right = {5, 5, 9, 9, 9, 1};
    assertThat(clip(1, 1, 9, 9, 9, 1, 1, 9))
        .singleElement()
        .satisfies(p -> assertThat(p).hasSize(6).contains(right[2], right[5]))
        .satisfies(p -> assertThat(area(p)).isEqualTo(16));
  }

  @Test
  void aFrameKeepsItsOutlineAndLosesItsHole() {
    // An outline that walks around a square, across a seam, and around the hole.
    List<double[]> pieces = clip(1, 1, 9, 1, 9, 9, 1, 9, 1, 1, 3, 3, 3, 7, 7, 7, 7, 3, 3, 3);
    assertThat(pieces).hasSize(1);
    assertThat(area(pieces.getFirst())).isEqualTo(64);
  }

  /** Star-shaped outlines: their own area by sampling is the area of what is cut out. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void cutsOutExactlyTheCommonArea(int seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      int corners = 3 + random.nextInt(40);
      double[] ring = new double[2 * corners];
      double centreX = 10 * random.nextDouble();
      double centreY = 10 * random.nextDouble();
      for (int i = 0; i < corners; i++) {
        double angle = 2 * Math.PI * (i + 0.4 * random.nextDouble()) / corners;
        double radius = 1 + 8 * random.nextDouble();
        // Rounded to tenths, so that corners and edges fall upon the rectangle's.
        ring[2 * i] = Math.rint(10 * (centreX + radius * Math.cos(angle))) / 10;
        ring[2 * i + 1] = Math.rint(10 * (centreY + radius * Math.sin(angle))) / 10;
      }
      double area = 0;
      for (double[] piece : PolygonClipper.clip(ring, 0, 0, 10, 10)) {
        area += area(piece);
        for (double v : piece) {
          assertThat(v).isBetween(0.0, 10.0);
        }
      }
      assertThat(area).isCloseTo(commonArea(ring), within(1e-9));
    }
  }

  /** Exact area by trapezoids: the ring against the rectangle, half plane after half plane. */
  private static double commonArea(double[] ring) {
    double[] cut = ring;
    for (int side = 0; side < 4 && cut.length > 0; side++) {
      cut = halfPlane(cut, side % 2, side < 2 ? 1 : -1, side < 2 ? 0 : 10);
    }
    return cut.length == 0 ? 0 : Math.abs(area(cut));
  }

  /** Sutherland and Hodgman: connected by seams without area where pieces should be. */
  private static double[] halfPlane(double[] ring, int axis, int sign, double bound) {
    java.util.stream.DoubleStream.Builder out = java.util.stream.DoubleStream.builder();
    for (int i = 0; i < ring.length; i += 2) {
      int next = (i + 2) % ring.length;
      double a = sign * (ring[i + axis] - bound);
      double b = sign * (ring[next + axis] - bound);
      if (a >= 0) {
        out.add(ring[i]).add(ring[i + 1]);
      }
      if (a > 0 && b < 0 || a < 0 && b > 0) {
        double t = a / (a - b);
        out.add(ring[i] + t * (ring[next] - ring[i]));
        out.add(ring[i + 1] + t * (ring[next + 1] - ring[i + 1]));
      }
    }
    return out.build().toArray();
  }
}
