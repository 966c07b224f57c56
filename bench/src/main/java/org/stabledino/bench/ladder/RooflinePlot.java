package org.stabledino.bench.ladder;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.stabledino.bench.peers.Ceilings;
import org.stabledino.detection.report.Fonts;
import org.stabledino.detection.report.Palette;
import org.stabledino.detection.report.PngFile;

/**
 * The roofline (Williams, Waterman and Patterson, 2009): operations a second against operations for
 * each byte moved, both logarithmic. The roof rises with the memory's bandwidth up to the ridge,
 * and is level at the peak of the arithmetic from there. Every rung is a point, and climbs.
 */
final class RooflinePlot {
  private static final int WIDTH = 1100;
  private static final int HEIGHT = 700;
  private static final Color INK = new Color(0x212529);
  private static final Color FAINT = new Color(0xDEE2E6);
  private static final double LEAST_INTENSITY = 0.1;

  private final Ceilings one;
  private final Ceilings all;
  private final int processors;

  RooflinePlot(Ceilings one, Ceilings all, int processors) {
    this.one = one;
    this.all = all;
    this.processors = processors;
  }

  /** Writes the plot; false where no font is installed. */
  boolean write(List<Climb> climbs, Path file) {
    if (!Fonts.available()) {
      return false;
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title("From the definition to the product")
            .xAxisTitle("operations per byte that must be moved")
            .yAxisTitle("GFLOP/s of the definition")
            .build();
    style(chart.getStyler());
    double most = 2 * all.flops() / all.bytes();
    for (Climb climb : climbs) {
      for (Climb.Step step : climb.steps()) {
        most = Math.max(most, 1.6 * step.intensity());
      }
    }
    roof(chart, "roof, 1 thread", one, most, 1.5f);
    if (processors > 1) {
      roof(chart, "roof, " + processors + " threads", all, most, 3f);
    }
    for (int i = 0; i < climbs.size(); i++) {
      climb(chart, climbs.get(i), Palette.color(i));
    }
    PngFile.write(BitmapEncoder.getBufferedImage(chart), file);
    return true;
  }

  private static void roof(XYChart chart, String name, Ceilings c, double most, float lineWidth) {
    double ridge = c.flops() / c.bytes();
    double[] x = {LEAST_INTENSITY, ridge, most};
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = Climb.roof(c, x[i]) * 1e-9;
    }
    line(chart, name, x, y, INK, lineWidth, SeriesMarkers.NONE);
  }

  /** A line through the rungs, and a large mark at the last. */
  private static void climb(XYChart chart, Climb climb, Color color) {
    double[] x = climb.steps().stream().mapToDouble(Climb.Step::intensity).toArray();
    double[] y = climb.steps().stream().mapToDouble(Climb.Step::gigaflops).toArray();
    line(chart, climb.name(), x, y, color, 1.5f, SeriesMarkers.CIRCLE);
    double[] lastX = {x[x.length - 1]};
    double[] lastY = {y[y.length - 1]};
    line(chart, climb.name() + ", product", lastX, lastY, color, 1.5f, SeriesMarkers.DIAMOND)
        .setShowInLegend(false);
  }

  private static XYSeries line(
      XYChart chart, String name, double[] x, double[] y, Color color, float width, Marker marker) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(width));
    series.setMarker(marker);
    series.setMarkerColor(color);
    return series;
  }

  private static void style(XYStyler styler) {
    styler.setLocale(Locale.ROOT);
    styler.setXAxisLogarithmic(true);
    styler.setYAxisLogarithmic(true);
    styler.setXAxisTickLabelsFormattingFunction(RooflinePlot::label);
    styler.setYAxisTickLabelsFormattingFunction(RooflinePlot::label);
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setPlotBackgroundColor(Color.WHITE);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(FAINT);
    styler.setPlotGridLinesStroke(new BasicStroke(1f));
    styler.setAxisTickMarksColor(FAINT);
    styler.setAxisTickLabelsColor(INK);
    styler.setChartFontColor(INK);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 22));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 17));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
    styler.setLegendPosition(LegendPosition.OutsideE);
    styler.setLegendBorderColor(Color.WHITE);
    styler.setPlotGridVerticalLinesVisible(false);
    styler.setYAxisLogarithmicDecadeOnly(true);
    styler.setXAxisLogarithmicDecadeOnly(true);
    styler.setMarkerSize(9);
    styler.setChartPadding(18);
    styler.setAntiAlias(true);
  }

  private static String label(double value) {
    return value >= 1 ? "%.0f".formatted(value) : String.valueOf((float) value);
  }
}
