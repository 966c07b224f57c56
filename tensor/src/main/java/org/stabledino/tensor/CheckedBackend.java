package org.stabledino.tensor;

import java.util.List;

/**
 * A backend whose kernels first check their arguments against the shapes that the families'
 * interfaces promise. One check for all backends, since a kernel may run without bounds checks of
 * its own: on a GPU, or with those of the Vector API switched off.
 */
final class CheckedBackend implements Backend {
  private final Backend backend;
  private final ElementwiseKernels elementwise;
  private final IndexingKernels indexing;
  private final MatmulKernels matmul;
  private final ConvolutionKernels convolution;
  private final NormalizationKernels normalization;
  private final AttentionKernels attention;
  private final OptimizerKernels optimizer;
  private final LossKernels losses;

  /** Puts the checks before a backend. */
  CheckedBackend(Backend backend) {
    this.backend = backend;
    elementwise = new CheckedElementwise(backend.elementwise());
    indexing = new CheckedIndexing(backend.indexing());
    matmul = new CheckedMatmul(backend.matmul());
    convolution = new CheckedConvolution(backend.convolution());
    normalization = new CheckedNormalization(backend.normalization());
    attention = new CheckedAttention(backend.attention());
    optimizer = new CheckedOptimizer(backend.optimizer());
    losses = new CheckedLosses(backend.losses());
  }

  @Override
  public Device device() {
    return backend.device();
  }

  @Override
  public Tensor empty(DType dtype, Shape shape) {
    return backend.empty(dtype, shape);
  }

  @Override
  public Tensor upload(Tensor host) {
    return backend.upload(host);
  }

  @Override
  public Tensor download(Tensor tensor) {
    return backend.download(tensor);
  }

  @Override
  public List<Tensor> download(List<Tensor> tensors) {
    return backend.download(tensors);
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    Checks.like("copy", "to", to, from);
    Checks.type("copy", "to", to, from.dtype());
    backend.copy(from, to);
  }

  @Override
  public MemoryPeak memoryPeak() {
    return backend.memoryPeak();
  }

  @Override
  public void resetMemoryPeak() {
    backend.resetMemoryPeak();
  }

  @Override
  public boolean mixedPrecision() {
    return backend.mixedPrecision();
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
