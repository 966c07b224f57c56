package org.stabledino.detection.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.stabledino.detection.engine.RunListener;
import org.stabledino.detection.evaluation.CocoMetrics;

/**
 * Shows a run: a progress bar with the time left on a terminal, a line now and then elsewhere, so
 * that a log file stays readable.
 */
final class ConsoleProgress implements RunListener, AutoCloseable {
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(15);

  private final PrintStream out;
  private final boolean terminal;
  private ProgressBar bar;
  private String barName = "";
  private long lastLine = System.nanoTime();

  ConsoleProgress(PrintStream out) {
    this.out = out;
    this.terminal = System.console() != null && System.console().isTerminal();
  }

  @Override
  public void stepped(Step done) {
    String figures =
        String.format(
            Locale.ROOT,
            "loss %.2f lr %.2g%s",
            done.loss(),
            done.learningRate(),
            done.step() == done.steps() ? "" : ", " + text(done.left()) + " left");
    if (terminal) {
      bar("training", done.steps());
      bar.stepTo(done.step());
      bar.setExtraMessage(figures);
    } else if (due() || done.step() == done.steps()) {
      out.printf(Locale.ROOT, "step %d of %d, %s%n", done.step(), done.steps(), figures);
    }
  }

  /** Scenes of a rendered data set are done. */
  void rendered(int done, int total) {
    if (terminal) {
      bar("rendering", total);
      bar.stepTo(done);
    }
  }

  @Override
  public void evaluating(int images, int total) {
    if (terminal) {
      bar("evaluating", total);
      bar.stepTo(images);
    }
  }

  @Override
  public void evaluated(long step, CocoMetrics metrics) {
    endBar();
    out.printf(
        Locale.ROOT,
        "step %d: AP %.3f  AP50 %.3f  AP75 %.3f%n",
        step,
        metrics.figures().get("AP"),
        metrics.figures().get("AP50"),
        metrics.figures().get("AP75"));
  }

  @Override
  public void message(String line) {
    endBar();
    out.println(line);
  }

  private boolean due() {
    long now = System.nanoTime();
    if (now - lastLine < BETWEEN_LINES.toNanos()) {
      return false;
    }
    lastLine = now;
    return true;
  }

  /** Such as 0:07, 12:30, 5 h 02 min or 3 d 11 h. */
  static String text(Duration time) {
    if (time.toDays() > 0) {
      return "%d d %02d h".formatted(time.toDays(), time.toHoursPart());
    }
    if (time.toHours() > 0) {
      return "%d h %02d min".formatted(time.toHours(), time.toMinutesPart());
    }
    return "%d:%02d".formatted(time.toMinutes(), time.toSecondsPart());
  }

  private void bar(String name, long max) {
    if (bar != null && !barName.equals(name)) {
      endBar();
    }
    if (bar == null) {
      barName = name;
      bar =
          new ProgressBarBuilder()
              .setTaskName(name)
              .setInitialMax(max)
              .setStyle(ProgressBarStyle.COLORFUL_UNICODE_BLOCK)
              .setUpdateIntervalMillis(500)
              .hideEta()
              .build();
    }
  }

  private void endBar() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }

  @Override
  public void close() {
    endBar();
  }
}
