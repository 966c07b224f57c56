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
  private long firstStep = -1;
  private long firstStepNanos;

  ConsoleProgress(PrintStream out) {
    this.out = out;
    this.terminal = System.console() != null && System.console().isTerminal();
  }

  @Override
  public void stepped(long step, long steps, double loss, double learningRate) {
    String figures = String.format(Locale.ROOT, "loss %.2f lr %.2g", loss, learningRate);
    if (terminal) {
      bar("training", steps);
      bar.stepTo(step);
      bar.setExtraMessage(figures);
      return;
    }
    if (firstStep < 0) {
      firstStep = step;
      firstStepNanos = System.nanoTime();
    }
    if (due() || step == steps) {
      out.printf(Locale.ROOT, "step %d of %d, %s%s%n", step, steps, figures, timeLeft(step, steps));
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

  private String timeLeft(long step, long steps) {
    if (step <= firstStep || step == steps) {
      return "";
    }
    double perStep = (System.nanoTime() - firstStepNanos) / (double) (step - firstStep);
    Duration left = Duration.ofNanos((long) (perStep * (steps - step)));
    return String.format(Locale.ROOT, ", %d:%02d left", left.toMinutes(), left.toSecondsPart());
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
