package org.stabledino.tensor.cpu;

import java.util.List;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.HostMemory;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** The backend of this machine's processors. */
public final class CpuBackend implements Backend {
  private final ConvolutionKernels convolution;
  private final NormalizationKernels normalization;
  private final AttentionKernels attention;
  private final ElementwiseKernels elementwise;
  private final IndexingKernels indexing;
  private final MatmulKernels matmul;
  private final OptimizerKernels optimizer;
  private final LossKernels losses;

  /** The backend; kernels share one pool of threads. */
  public CpuBackend() {
    this(CpuProvider.get(), Parallel.shared());
  }

  /** A backend by these loops, on these threads, for tests that compare them. */
  CpuBackend(CpuProvider provider, Parallel parallel) {
    elementwise = new CpuElementwise(provider, parallel);
    indexing = new CpuIndexing(provider, parallel);
    matmul = new CpuMatmul(provider, parallel);
    optimizer = new CpuOptimizer(provider, parallel);
    losses = new CpuLosses(parallel);
    convolution = new CpuConvolution(provider, parallel);
    normalization = new CpuNormalization(provider.rows(), provider.channels(), parallel);
    attention = new CpuAttention(provider.rows(), provider.tiles(), provider.samples(), parallel);
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
  public Tensor upload(Tensor host) {
    return host;
  }

  @Override
  public Tensor download(Tensor tensor) {
    return tensor;
  }

  @Override
  public List<Tensor> download(List<Tensor> tensors) {
    return tensors;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    to.copyFrom(from);
  }

  @Override
  public MemoryPeak memoryPeak() {
    long taken = HostMemory.peakTakenBytes();
    return new MemoryPeak(
        taken, Math.max(taken, HostMemory.takenBytes() + HostMemory.pooledBytes()));
  }

  @Override
  public void resetMemoryPeak() {
    HostMemory.resetPeak();
  }

  @Override
  public boolean mixedPrecision() {
    return false;
  }

  @Override
  public ElementwiseKernels elementwise() {
    return elementwise;
  }

  @Override
  public IndexingKernels indexing() {
    return indexing;
  }

  @Override
  public MatmulKernels matmul() {
    return matmul;
  }

  @Override
  public ConvolutionKernels convolution() {
    return convolution;
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
    return optimizer;
  }

  @Override
  public LossKernels losses() {
    return losses;
  }
}
