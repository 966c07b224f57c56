package org.stabledino.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The two selections of the model: queries among tokens, detections among queries and classes. */
public class TopKBenchmark extends DeviceWorkload {
  /** Rows x candidates, how many are taken. */
  @Param({
    "small.queries 2x336 top 60",
    "r50.queries 1x22223 top 900",
    "r50.detections 1x72000 top 300"
  })
  public String shape;

  private IndexingKernels kernels;
  private int k;
  private Tensor scores;
  private Tensor values;
  private Tensor indices;

  /** A benchmark without memory yet. */
  public TopKBenchmark() {}

  /** Makes the operands. */
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    kernels = backend().indexing();
    k = s.get(2);
    scores = inputs().uniform(s.get(0), s.get(1));
    values = empty(s.get(0), k);
    indices = backend().empty(DType.INT32, Shape.of(s.get(0), k));
  }

  @Override
  Work work(String method) {
    NamedShape s = NamedShape.of(shape);
    return Work.floats((double) s.get(0) * s.get(1));
  }

  // Only the scores' traffic is counted: a selection that reads them once and sorts little comes
  // near the memory's speed.

  /**
   * The k best of every row.
   *
   * @return their places
   */
  @Benchmark
  public Tensor topK() {
    kernels.topK(scores, k, values, indices);
    return done(indices);
  }
}
