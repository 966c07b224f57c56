package org.stabledino.cuda;

import jcuda.Pointer;
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
 * <p>Kernels are queued and calls return before they have run. Only {@link #upload}, {@link
 * #download} and {@link OptimizerKernels#sumOfSquares} wait; a kernel that fails is reported by the
 * next of them.
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
    Tensor host = Tensor.empty(tensor.dtype(), tensor.shape());
    copy(tensor, host);
    return host;
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    boolean toHost = to.device().equals(Device.CPU);
    if (toHost) {
      context.synchronize(); // also where there is nothing to copy: a fault shows here
    }
    if (from.size() == 0) {
      return;
    }
    context.bind();
    int result;
    if (toHost) {
      result = JCudaDriver.cuMemcpyDtoH(elements(to), Kernels.pointer(from), bytes(from));
    } else if (from.device().equals(Device.CPU)) {
      result = JCudaDriver.cuMemcpyHtoD(Kernels.pointer(to), elements(from), bytes(from));
    } else {
      result =
          JCudaDriver.cuMemcpyDtoDAsync(
              Kernels.pointer(to), Kernels.pointer(from), bytes(from), context.stream());
    }
    Driver.check(result, "copy", from, to);
  }

  private static long bytes(Tensor tensor) {
    return (long) tensor.size() * tensor.dtype().bytes();
  }

  /** The Java array of a host tensor, from its first element on. */
  private static Pointer elements(Tensor host) {
    Pointer array =
        switch (host.dtype()) {
          case FLOAT32 -> Pointer.to(host.floats());
          case INT32 -> Pointer.to(host.ints());
          case INT64 -> Pointer.to(host.longs());
          case UINT8, BOOL -> Pointer.to(host.bytes());
          case FLOAT16, BFLOAT16 ->
              throw new IllegalArgumentException(host.dtype() + " lives in files only");
        };
    return array.withByteOffset((long) host.offset() * host.dtype().bytes());
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
