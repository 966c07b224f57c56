package org.stabledino.bench;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * The results as a table: time of a call, its 99.9 % confidence interval, and the rate of the work
 * done. Where the run includes {@link PeakBenchmark}, or {@link DevicePeakBenchmark} on a GPU, each
 * rate also appears as a share of its ceiling.
 */
final class ResultTable {
  private final List<Row> rows = new ArrayList<>();
  private double peakFlops;
  private double peakBytes;

  private record Row(String benchmark, String shape, double micros, double error, Work work) {
    double rate() {
      return work.rate(micros * 1e-6);
    }
  }

  /**
   * Reads the results of a run; only mean times are shown.
   *
   * @param results what JMH measured
   */
  ResultTable(Collection<RunResult> results) {
    for (RunResult result : results) {
      BenchmarkParams params = result.getParams();
      if (params.getMode() == Mode.AverageTime || params.getMode() == Mode.SingleShotTime) {
        add(params, result.getPrimaryResult());
      }
    }
  }

  private void add(BenchmarkParams params, Result<?> result) {
    String[] path = params.getBenchmark().split("\\.");
    String method = path[path.length - 1];
    String type = path[path.length - 2];
    Work work = workload(params).work(method);
    double micros = TimeUnit.NANOSECONDS.convert(1, params.getTimeUnit()) / 1e3;
    String shape =
        params.getParamsKeys().stream().map(params::getParam).collect(Collectors.joining(", "));
    Row row =
        new Row(
            type + "." + method,
            shape,
            result.getScore() * micros,
            result.getScoreError() * micros,
            work);
    boolean ceiling =
        DeviceWorkload.onCpu()
            ? type.equals("PeakBenchmark") && shape.equals("all")
            : type.equals("DevicePeakBenchmark") && shape.startsWith("most ");
    if (ceiling) {
      if (work.unit() == Work.Unit.FLOP) {
        peakFlops = row.rate();
      } else {
        peakBytes = row.rate();
      }
    }
    rows.add(row);
  }

  /** The benchmark with the parameters of one result, but without its state. */
  static Workload workload(BenchmarkParams params) {
    String name = params.getBenchmark();
    try {
      Class<?> type = Class.forName(name.substring(0, name.lastIndexOf('.')));
      Workload workload = (Workload) type.getConstructor().newInstance();
      for (Field field : type.getFields()) {
        if (field.isAnnotationPresent(Param.class)) {
          field.set(workload, params.getParam(field.getName()));
        }
      }
      return workload;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(name + " is no Workload", e);
    }
  }

  @Override
  public String toString() {
    int name = width("benchmark", rows.stream().map(Row::benchmark).toList());
    int shape = width("shape", rows.stream().map(Row::shape).toList());
    String line = "%-" + name + "s  %-" + shape + "s  %14s  %10s  %12s %-8s %s%n";
    StringBuilder text = new StringBuilder();
    text.append(line.formatted("benchmark", "shape", "us a call", "+-", "rate", "", "of ceiling"));
    for (Row row : rows) {
      text.append(
          String.format(
              Locale.ROOT,
              line,
              row.benchmark,
              row.shape,
              String.format(Locale.ROOT, "%.1f", row.micros),
              Double.isNaN(row.error) ? "" : String.format(Locale.ROOT, "%.1f", row.error),
              String.format(Locale.ROOT, "%.2f", row.rate()),
              row.work.rateUnit(),
              share(row)));
    }
    return text.toString();
  }

  private String share(Row row) {
    double ceiling =
        switch (row.work.unit()) {
          case FLOP -> peakFlops;
          case BYTE -> peakBytes;
          case ITEM -> 0;
        };
    return ceiling > 0 ? String.format(Locale.ROOT, "%.0f %%", 100 * row.rate() / ceiling) : "";
  }

  private static int width(String title, List<String> cells) {
    return Math.max(title.length(), cells.stream().mapToInt(String::length).max().orElse(0));
  }
}
