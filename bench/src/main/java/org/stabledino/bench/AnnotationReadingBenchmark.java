package org.stabledino.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.stabledino.detection.data.CocoDataset;

/**
 * Reading and checking an annotation file of the size of COCO's {@code instances_train2017.json}:
 * 118,287 images, 860,001 annotations with polygons, 460 MB. The file is made up, the same each
 * time, in a temporary folder, and removed afterwards.
 *
 * <p>Measured is what a user waits for: the first reading in a fresh JVM, whose heap is limited to
 * 1,500 MB.
 */
@BenchmarkMode(Mode.SingleShotTime)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
@Fork(
    value = 3,
    jvmArgsAppend = {"-Xmx1500m", "-XX:+UseParallelGC"})
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class AnnotationReadingBenchmark extends Workload {

  /** Images, annotations. */
  @Param({"tiny 100x700", "train2017 118287x860001"})
  public String shape;

  private Path file;

  /** A benchmark without a file yet. */
  public AnnotationReadingBenchmark() {}

  /**
   * Writes the file.
   *
   * @throws IOException if the temporary folder has no room
   */
  @Setup
  public void setUp() throws IOException {
    NamedShape s = NamedShape.of(shape);
    file = Files.createTempFile("instances", ".json");
    AnnotationFile.write(file, s.get(0), s.get(1));
  }

  /**
   * Removes the file.
   *
   * @throws IOException if it cannot be removed
   */
  @TearDown
  public void tearDown() throws IOException {
    Files.delete(file);
  }

  @Override
  Work work(String method) {
    return Work.items(NamedShape.of(shape).get(1));
  }

  // Everything is read, linked and checked, polygons included.

  /**
   * Reads.
   *
   * @return the data set
   */
  @Benchmark
  public CocoDataset read() {
    return CocoDataset.read(file);
  }
}
