package org.stabledino.tensor.cpu;

import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The backend of this machine's processors. */
public final class CpuBackend implements Backend {
  private final NormalizationKernels normalization;
  private final AttentionKernels attention;

  /** The backend; kernels share one pool of threads. */
  public CpuBackend() {
    this(new VectorRowLoops(), new VectorTileLoops(), new VectorSampleLoops(), Parallel.shared());
  }

  /** The backend by these loops, on these threads. */
  CpuBackend(RowLoops rowLoops, TileLoops tileLoops, SampleLoops sampleLoops, Parallel pool) {
    normalization = new CpuNormalization(rowLoops, pool);
    attention = new CpuAttention(rowLoops, tileLoops, sampleLoops, pool);
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public Tensor empty(DType dtype, Shape shape) {
    return Tensor.empty(dtype, shape);
  }

  @Override
  public ElementwiseKernels elementwise() {
    throw new IllegalStateException("elementwise kernels are on their way");
  }

  @Override
  public IndexingKernels indexing() {
    throw new IllegalStateException("indexing kernels are on their way");
  }

  @Override
  public MatmulKernels matmul() {
    throw new IllegalStateException("matmul kernels are on their way");
  }

  @Override
  public ConvolutionKernels convolution() {
    throw new IllegalStateException("convolution kernels are on their way");
  }

  @Override
  public NormalizationKernels normalization() {
    return normalization;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public OptimizerKernels optimizer() {
    throw new IllegalStateException("optimizer kernels are on their way");
  }
}
