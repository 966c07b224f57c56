package org.stabledino.detection.report;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.CategoryStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A chart of lines over a few named steps, such as the layers of a decoder, as PNG. The vertical
 * axis starts at zero.
 *
 * <pre>{@code
 * new StepLines("Unstable score", "heads", "%", List.of("encoder", "layer 1"))
 *     .add("baseline", List.of(40.0, 12.5))
 *     .write(file);
 * }</pre>
 */
public final class StepLines {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 640;

  private final String title;
  private final String xTitle;
  private final String yTitle;
  private final List<String> steps;
  private final Map<String, List<Double>> series = new LinkedHashMap<>();

  /**
   * A chart without lines yet.
   *
   * @param title above the chart
   * @param xTitle what the steps are
   * @param yTitle what is shown
   * @param steps their names, from left to right
   */
  public StepLines(String title, String xTitle, String yTitle, List<String> steps) {
    this.title = title;
    this.xTitle = xTitle;
    this.yTitle = yTitle;
    this.steps = List.copyOf(steps);
  }

  /**
   * Adds a line.
   *
   * @param name what the legend says; distinct
   * @param values one for each of the first steps
   * @return this
   */
  public StepLines add(String name, List<Double> values) {
    if (values.isEmpty() || values.size() > steps.size()) {
      throw new IllegalArgumentException(
          "line %s has %d values; give 1 to %d, one for each step"
              .formatted(name, values.size(), steps.size()));
    }
    series.put(name, List.copyOf(values));
    return this;
  }

  /**
   * Writes the chart. The file appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   * @return false where nothing was written, because there is no line or no font is installed
   */
  public boolean write(Path file) {
    if (series.isEmpty() || !Fonts.available()) {
      return false;
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xTitle)
            .yAxisTitle(yTitle)
            .build();
    CategoryStyler styler = chart.getStyler();
    ChartStyle.apply(styler);
    styler.setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
    styler.setOverlapped(true);
    styler.setYAxisMin(0.0);
    styler.setYAxisTickLabelsFormattingFunction(ChartStyle::plainLabel);
    styler.setMarkerSize(11);
    styler.setLegendVisible(series.size() > 1);
    int drawn = 0;
    for (Map.Entry<String, List<Double>> line : series.entrySet()) {
      List<Double> values = new ArrayList<>(line.getValue());
      while (values.size() < steps.size()) {
        values.add(null);
      }
      CategorySeries curve = chart.addSeries(line.getKey(), steps, values);
      curve.setLineColor(Palette.color(drawn));
      curve.setLineWidth(3f);
      curve.setMarker(SeriesMarkers.CIRCLE);
      curve.setMarkerColor(Palette.color(drawn));
      drawn++;
    }
    PngFile.write(BitmapEncoder.getBufferedImage(chart), file);
    return true;
  }
}
