package org.stabledino.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.stabledino.bench.peers.Spread;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Backend.MemoryPeak;
import org.stabledino.tensor.MixedPrecision;

/**
 * Steps of one kind in one precision, timed one by one; each ends when the device is done. In a JVM
 * of its own, since a device is opened once, and so that the peak of its memory is this step's.
 *
 * @param kind of step
 * @param precision of products
 * @param milliseconds of a step
 * @param steps that were timed
 * @param peak of the device's memory in them
 */
record StepMeasurement(
    Kind kind, Precision precision, Spread milliseconds, int steps, MemoryPeak peak) {

  /** What a step is. */
  enum Kind {
    /** {@link TrainingCase}. */
    TRAINING("training step"),
    /** {@link NetworkStep}. */
    NETWORK("network's step");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** How matrix products and convolutions round what they multiply. */
  enum Precision {
    /** Not at all. */
    FLOAT32,
    /** As cuBLAS may, to 10 bits of mantissa; convolutions do not. */
    TF32,
    /** To bfloat16. */
    BF16;

    /** As the command line names it. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** What the JVM is told before it opens the device. */
    List<String> flags() {
      return this == TF32 ? List.of("-Dstabledino.cuda.tf32=true") : List.of();
    }
  }

  /**
   * Measures in this JVM and prints {@link #line}.
   *
   * @param args kind, precision, shape, seconds, and a file for the peer or nothing
   */
  public static void main(String[] args) {
    Kind kind = Kind.valueOf(args[0]);
    Precision precision = Precision.valueOf(args[1]);
    NamedShape shape = NamedShape.of(args[2]);
    double seconds = Double.parseDouble(args[3]);
    Supplier<Float> step;
    if (kind == Kind.TRAINING) {
      step = new TrainingCase(shape, DeviceWorkload.DEVICE)::step;
    } else {
      NetworkStep network = new NetworkStep(shape, DeviceWorkload.DEVICE);
      if (args.length > 4) {
        network.write(Path.of(args[4]));
      }
      step = network::step;
    }
    System.out.println(of(kind, precision, seconds, step).line());
  }

  private static StepMeasurement of(
      Kind kind, Precision precision, double seconds, Supplier<Float> step) {
    try (MixedPrecision _ = MixedPrecision.set(precision == Precision.BF16)) {
      Backend device = Backend.of(DeviceWorkload.DEVICE);
      times(seconds / 2, step); // for the JVM's compilers, the driver's, the caches of memory
      device.resetMemoryPeak();
      List<Double> times = times(seconds, step);
      return new StepMeasurement(
          kind,
          precision,
          Spread.of(times.stream().mapToDouble(Double::doubleValue).toArray()),
          times.size(),
          device.memoryPeak());
    }
  }

  /** Steps for some time, and at least one; the milliseconds of each. */
  private static List<Double> times(double seconds, Supplier<Float> step) {
    List<Double> times = new ArrayList<>();
    long start = System.nanoTime();
    while (times.isEmpty() || System.nanoTime() - start < seconds * 1e9) {
      long from = System.nanoTime();
      float result = step.get();
      times.add((System.nanoTime() - from) * 1e-6);
      if (!Float.isFinite(result)) {
        throw new IllegalStateException("a step's result is " + result);
      }
    }
    return times;
  }

  /** The numbers in one line. */
  String line() {
    return "%s %s %s %s %s %d %d %d"
        .formatted(
            kind,
            precision,
            milliseconds.lower(),
            milliseconds.median(),
            milliseconds.upper(),
            steps,
            peak.taken(),
            peak.held());
  }

  /** Reads {@link #line}. */
  static StepMeasurement of(String line) {
    String[] parts = line.split(" ");
    return new StepMeasurement(
        Kind.valueOf(parts[0]),
        Precision.valueOf(parts[1]),
        new Spread(
            Double.parseDouble(parts[3]),
            Double.parseDouble(parts[2]),
            Double.parseDouble(parts[4])),
        Integer.parseInt(parts[5]),
        new MemoryPeak(Long.parseLong(parts[6]), Long.parseLong(parts[7])));
  }
}
