package org.stabledino.cuda;

import java.util.List;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Storage;
import org.stabledino.tensor.Tensor;

/**
 * The backend of one NVIDIA GPU.
 *
 * <p>Kernels and copies are queued and calls return before they have run. Only {@link #download}
 * and copies to the CPU wait; a kernel that fails is reported by the next of them.
 */
final class CudaBackend implements Backend {

  /**
   * How the backend works.
   *
   * @param blas whether products run on cuBLAS instead of the own kernel
   * @param tf32 whether cuBLAS may round inputs to TF32
   * @param exactMemory see {@link DeviceMemory}
   */
  record Settings(boolean blas, boolean tf32, boolean exactMemory) {}

  private final Device device;
  private final boolean mixedPrecision;
  private final CudaContext context;
  private final DeviceMemory memory;
  private final Transfers transfers;
  private final CudaElementwise elementwise;
  private final CudaIndexing indexing;
  private final CudaMatmul matmul;
  private final CudaConvolution convolution;
  private final CudaNormalization normalization;
  private final CudaAttention attention;
  private final CudaOptimizer optimizer;
  private final CudaLosses losses;

  private CudaBackend(Device device, CudaContext context, Settings settings) {
    this.device = device;
    this.context = context;
    memory = new DeviceMemory(context, settings.exactMemory());
    transfers = new Transfers(context);
    Kernels kernels = new Kernels(context);
    Sums sums = new Sums(kernels, memory);
    elementwise = new CudaElementwise(context, kernels);
    indexing = new CudaIndexing(context, kernels, sums, memory);
    mixedPrecision = settings.blas();
    Blas blas = settings.blas() ? new Blas(context, settings.tf32()) : null;
    Bfloat16 bfloat16 = blas == null ? null : new Bfloat16(kernels, memory, blas);
    matmul = new CudaMatmul(kernels, blas, bfloat16);
    convolution = new CudaConvolution(kernels, matmul, bfloat16, memory, elementwise);
    normalization = new CudaNormalization(kernels, sums, memory);
    attention = new CudaAttention(kernels, memory, elementwise);
    optimizer = new CudaOptimizer(kernels, sums);
    losses = new CudaLosses(kernels, sums, memory);
  }

  /**
   * Opens a device.
   *
   * @param device one that the probe has found
   * @param settings how to work
   * @return the backend
   */
  static CudaBackend open(Device device, Settings settings) {
    return new CudaBackend(device, new CudaContext(device.index()), settings);
  }

  @Override
  public Device device() {
    return device;
  }

  /** The device, and the stream on which everything runs. */
  CudaContext context() {
    return context;
  }

  /** The memory behind its tensors. */
  DeviceMemory memory() {
    return memory;
  }

  @Override
  public Tensor empty(DType dtype, Shape shape) {
    Storage storage = new CudaStorage(device, dtype, shape.size(), memory);
    Scope.adopt(storage);
    return Tensor.over(storage, 0, shape);
  }

  @Override
  public Tensor upload(Tensor host) {
    Tensor tensor = empty(host.dtype(), host.shape());
    copy(host, tensor);
    return tensor;
  }

  @Override
  public Tensor download(Tensor tensor) {
    return download(List.of(tensor)).getFirst();
  }

  @Override
  public List<Tensor> download(List<Tensor> tensors) {
    List<Tensor> host =
        tensors.stream().map(tensor -> Tensor.empty(tensor.dtype(), tensor.shape())).toList();
    transfers.download(tensors, host);
    return host;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    if (to.device().equals(Device.CPU)) {
      transfers.download(List.of(from), List.of(to));
    } else if (from.device().equals(Device.CPU)) {
      transfers.upload(from, to);
    } else if (from.size() > 0) {
      context.bind();
      long bytes = (long) from.size() * from.dtype().bytes();
      Driver.check(
          JCudaDriver.cuMemcpyDtoDAsync(
              Kernels.pointer(to), Kernels.pointer(from), bytes, context.stream()),
          "copy",
          from,
          to);
    }
  }

  @Override
  public MemoryPeak memoryPeak() {
    return memory.peak();
  }

  @Override
  public void resetMemoryPeak() {
    memory.resetPeak();
  }

  /** Rounding alone gains nothing: it takes the tensor cores that cuBLAS uses. */
  @Override
  public boolean mixedPrecision() {
    return mixedPrecision;
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
