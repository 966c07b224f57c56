package org.stabledino.detection.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.detection.evaluation.ClassMetrics;
import org.stabledino.detection.evaluation.CocoMetrics;

class HtmlReportTest {
  private static final CocoMetrics METRICS =
      new CocoMetrics(
          0.6312,
          0.7845,
          0.6701,
          0.41,
          0.66,
          -1,
          0.5,
          0.7,
          0.72,
          0.5,
          0.75,
          -1,
          Collections.nCopies(10, 0.6312),
          List.of(
              new ClassMetrics(1, "circle", 0.7, 0.8, 0.75, 0.4, 0.7, -1, 0.5, 0.7, 0.7),
              new ClassMetrics(2, "<b>&'\"", -1, -1, -1, -1, -1, -1, -1, -1, -1)));

  @TempDir Path folder;

  @Test
  void showsFiguresClassesPicturesAndConfiguration() throws IOException {
    String html =
        write(
            new HtmlReport("Demo", "300 scenes")
                .metrics(METRICS)
                .facts(Map.of("Training time", "3 min"))
                .curve(folder.resolve("curves/loss.png"), "Loss")
                .picture(folder.resolve("./x/../pictures/a b#1.png"), "Scene 1")
                .configuration("lr = 1e-4"));
    assertThat(html)
        .startsWith("<!doctype html>")
        .contains("<title>Demo</title>", "300 scenes", "3 min", "lr = 1e-4", "prefers-color-scheme")
        .contains("<b>63.1</b><span>AP</span>", "<b>78.5</b><span>AP50</span>")
        .contains("<b>–</b><span>APl</span>")
        .contains("src=\"curves/loss.png\"", "src=\"pictures/a%20b%231.png\"");
    for (String figure : METRICS.figures().keySet()) {
      assertThat(html).contains("<tr><th>" + figure + "</th>");
    }
  }

  @Test
  void escapesWhatAUserGave() throws IOException {
    String html =
        write(
            new HtmlReport("<script>alert(1)</script>", "a < b")
                .metrics(METRICS)
                .picture(folder.resolve("x.png"), "\"><img src=y>")
                .configuration("<i>"));
    assertThat(html)
        .doesNotContain("<script>", "<img src=y>", "<b>&'", "<i>")
        .contains("&lt;script&gt;", "a &lt; b", "&lt;b&gt;&amp;&#39;&quot;");
  }

  @Test
  void leavesOutWhatThereIsNot() throws IOException {
    String html = write(new HtmlReport("Empty", ""));
    assertThat(html).doesNotContain("<section", "<table", "<figure", "<details", "<p>");
  }

  @Test
  void everyTagIsClosed() throws IOException {
    String html =
        write(
            new HtmlReport("Demo", "s")
                .metrics(METRICS)
                .curve(folder.resolve("l.png"), "l")
                .picture(folder.resolve("p.png"), "p")
                .configuration("c"));
    for (String tag :
        List.of(
            "html", "head", "body", "main", "section", "div", "table", "tbody", "tr", "figure")) {
      assertThat(html.split("<" + tag + "[ >]", -1))
          .as(tag)
          .hasSameSizeAs(html.split("</" + tag + ">", -1));
    }
  }

  private String write(HtmlReport report) throws IOException {
    Path page = folder.resolve("index.html");
    report.write(page);
    return Files.readString(page);
  }
}
