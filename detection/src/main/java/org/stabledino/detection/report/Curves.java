package org.stabledino.detection.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A chart of curves over training, as PNG.
 *
 * <pre>{@code
 * new Curves("Loss", "step", "loss").logScale().add("total", steps, totals).write(file);
 * }</pre>
 */
public final class Curves {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 640;
  private static final int TICK_SPACING = 110;
  private static final int MARKED_POINTS = 60;

  private record Series(String name, double[] x, double[] y) {}

  private final String title;
  private final String xTitle;
  private final String yTitle;
  private final List<Series> series = new ArrayList<>();
  private boolean logarithmic;

  /**
   * A chart without curves yet.
   *
   * @param title above the chart
   * @param xTitle what runs to the right, "step" for example
   * @param yTitle what is shown
   */
  public Curves(String title, String xTitle, String yTitle) {
    this.title = title;
    this.xTitle = xTitle;
    this.yTitle = yTitle;
  }

  /**
   * Makes the vertical axis logarithmic; points that are not positive are then left out.
   *
   * @return this
   */
  public Curves logScale() {
    logarithmic = true;
    return this;
  }

  /**
   * Adds a curve. Points that are not finite are left out.
   *
   * @param name what the legend says; distinct
   * @param x ascending
   * @param y one for each x
   * @return this
   */
  public Curves add(String name, double[] x, double[] y) {
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          "curve " + name + " has " + x.length + " x and " + y.length + " y; give as many of each");
    }
    series.add(new Series(name, x.clone(), y.clone()));
    return this;
  }

  /**
   * Writes the chart. The file appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   * @return false where nothing was written, because no curve has a point or no font is installed
   * @throws org.stabledino.detection.UserException where the file cannot be written
   */
  public boolean write(Path file) {
    if (!Fonts.available()) {
      return false;
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    style(chart.getStyler());
    int shown = 0;
    int longest = 0;
    double first = Double.POSITIVE_INFINITY;
    double last = Double.NEGATIVE_INFINITY;
    for (Series s : series) {
      Series drawn = drawable(s);
      if (drawn.x.length > 0) {
        XYSeries curve = chart.addSeries(s.name, drawn.x, drawn.y);
        curve.setLineColor(Palette.color(shown));
        curve.setLineWidth(2.2f);
        // A curve of few points shows them; a single point would otherwise not show at all.
        Marker marker = drawn.x.length <= MARKED_POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE;
        curve.setMarker(marker);
        curve.setMarkerColor(Palette.color(shown));
        shown++;
        longest = Math.max(longest, drawn.x.length);
        first = Math.min(first, drawn.x[0]);
        last = Math.max(last, drawn.x[drawn.x.length - 1]);
      }
    }
    if (shown == 0) {
      return false;
    }
    chart.getStyler().setLegendVisible(shown > 1);
    if (longest > MARKED_POINTS) {
      // Else the chart labels every n-th point, at odd places, in place of round numbers.
      chart.getStyler().setXAxisMin(first - (last - first) / 200);
    }
    PngFile.write(BitmapEncoder.getBufferedImage(chart), file);
    return true;
  }

  private Series drawable(Series s) {
    double[] x = new double[s.x.length];
    double[] y = new double[s.x.length];
    int n = 0;
    for (int i = 0; i < s.x.length; i++) {
      if (Double.isFinite(s.x[i]) && Double.isFinite(s.y[i]) && (!logarithmic || s.y[i] > 0)) {
        x[n] = s.x[i];
        y[n++] = s.y[i];
      }
    }
    return new Series(s.name, Arrays.copyOf(x, n), Arrays.copyOf(y, n));
  }

  /** The lines from 6 to 9 of each decade lie too close together for labels. */
  private static String logarithmicLabel(double value) {
    double exponent = Math.floor(Math.log10(value) + 1e-9);
    long lead = Math.round(value / Math.pow(10, exponent));
    if (lead == 4 || lead >= 6 && lead <= 9) {
      return " ";
    }
    return exponent < -3 || exponent > 5
        ? "%de%d".formatted(lead, (int) exponent)
        : ChartStyle.plainLabel(value);
  }

  private void style(XYStyler styler) {
    ChartStyle.apply(styler);
    styler.setYAxisLogarithmic(logarithmic);
    styler.setYAxisLogarithmicDecadeOnly(false);
    styler.setXAxisTickMarkSpacingHint(TICK_SPACING);
    styler.setXAxisTickLabelsFormattingFunction(ChartStyle::plainLabel);
    styler.setYAxisTickLabelsFormattingFunction(
        logarithmic ? Curves::logarithmicLabel : ChartStyle::plainLabel);
    styler.setMarkerSize(6);
  }
}
