package org.stabledino.tensor;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * The one seam between mathematics and hardware: a small set of kernels, grouped by family.
 *
 * <p>Rules that hold for every kernel of every family:
 *
 * <ul>
 *   <li>Outputs are allocated by the caller and every element of them is written, whatever they
 *       held before, unless the kernel's name or text says that it adds.
 *   <li>Inputs and outputs do not overlap, except that an elementwise kernel may write onto one of
 *       its inputs of the same shape.
 *   <li>Shapes are checked before a kernel runs, the same for every backend: {@link #of} hands out
 *       backends that throw {@link ShapeMismatchException}. What only the data say, such as an
 *       index that is too large, kernels check themselves.
 *   <li>Results do not depend on the number of threads.
 *   <li>"Nullable" outputs may be {@code null}: the kernel then skips their computation.
 * </ul>
 */
public interface Backend {

  /** Finds backends on the class path; {@code cuda-kernels} offers one. */
  interface Provider {
    /**
     * The kind of device this provider serves.
     *
     * @return the kind
     */
    Device.Type type();

    /**
     * Opens the backend of one device.
     *
     * @param device the device
     * @return the backend
     * @throws BackendUnavailableException if the machine lacks what it needs; the message says what
     *     and how to get it
     */
    Backend open(Device device);

    /**
     * Finds out, without opening anything, what this machine has of what the devices need.
     *
     * @return what is there and what is missing
     */
    Diagnosis diagnose();
  }

  /**
   * What a machine has of what a kind of device needs.
   *
   * @param usable whether a device of the kind can be opened
   * @param found what is there, one line each
   * @param missing what is not there and how to get it, one line each
   */
  record Diagnosis(boolean usable, List<String> found, List<String> missing) {}

  /**
   * The providers on the class path.
   *
   * @return one for each kind of device beside the CPU
   */
  static List<Provider> providers() {
    return ServiceLoader.load(Provider.class).stream().map(ServiceLoader.Provider::get).toList();
  }

  /**
   * The backend of a device.
   *
   * @param device the device
   * @return the backend, one for each device
   * @throws BackendUnavailableException if there is none for it on this machine
   */
  static Backend of(Device device) {
    return device.equals(Device.CPU) ? Registry.cpu : Registry.find(device);
  }

  /**
   * A backend behind the checks of shapes, types and devices that {@link #of} puts before each:
   * only so may its kernels rely on their arguments.
   *
   * @param backend as a provider opens it
   * @return the same kernels, which refuse what does not fit
   */
  static Backend checked(Backend backend) {
    return new CheckedBackend(backend);
  }

  /**
   * The device it computes on.
   *
   * @return the device
   */
  Device device();

  /**
   * A tensor on this device whose content is undefined; the current {@link Scope} owns it.
   *
   * @param dtype the elements' type
   * @param shape the shape
   * @return the tensor
   */
  Tensor empty(DType dtype, Shape shape);

  /**
   * A copy of a CPU tensor on this device; the tensor itself where the device is the CPU.
   *
   * @param host a tensor on the CPU
   * @return its elements here
   */
  Tensor upload(Tensor host);

  /**
   * A copy of a tensor of this device on the CPU, once everything that writes it is done; the
   * tensor itself where the device is the CPU.
   *
   * @param tensor a tensor on this device
   * @return its elements on the CPU
   */
  Tensor download(Tensor tensor);

  /**
   * Copies of several tensors of this device on the CPU, for which this waits once.
   *
   * @param tensors tensors on this device
   * @return their elements on the CPU, in the same order
   */
  List<Tensor> download(List<Tensor> tensors);

  /**
   * Overwrites one tensor with the elements of another. At least one of them lies on this device,
   * the other here or on the CPU; only a copy to the CPU waits until it is done.
   *
   * @param from the elements
   * @param to of the same dtype and size
   */
  void copy(Tensor from, Tensor to);

  /**
   * The most memory that tensors of this device, and what kernels put aside, took at a time.
   *
   * @param taken bytes in use
   * @param held bytes taken from the device, with those that waited for reuse
   */
  record MemoryPeak(long taken, long held) {}

  /**
   * The most memory in use since {@link #resetMemoryPeak}.
   *
   * @return the peak; on the CPU that of pooled arrays
   */
  MemoryPeak memoryPeak();

  /** Measures the peak anew from here on. */
  void resetMemoryPeak();

  /**
   * Whether its products round operands to bfloat16 where {@link MixedPrecision} asks for it.
   *
   * @return false where it computes them in float32 all the same
   */
  boolean mixedPrecision();

  /**
   * Element by element, with broadcasting.
   *
   * @return the family
   */
  ElementwiseKernels elementwise();

  /**
   * Sums, maxima, copies that reorder, gathers and top-k.
   *
   * @return the family
   */
  IndexingKernels indexing();

  /**
   * Matrix products.
   *
   * @return the family
   */
  MatmulKernels matmul();

  /**
   * Convolution, pooling and resizing of feature maps.
   *
   * @return the family
   */
  ConvolutionKernels convolution();

  /**
   * Layer and group normalisation.
   *
   * @return the family
   */
  NormalizationKernels normalization();

  /**
   * Softmax, dense attention and multi-scale deformable attention.
   *
   * @return the family
   */
  AttentionKernels attention();

  /**
   * Optimiser updates.
   *
   * @return the family
   */
  OptimizerKernels optimizer();

  /**
   * Matching costs and class losses of a detector.
   *
   * @return the family
   */
  LossKernels losses();

  /** The backends opened so far. */
  final class Registry {
    private static final Backend CPU =
        new CheckedBackend(new org.stabledino.tensor.cpu.CpuBackend());
    private static final Map<Device, Backend> OPEN = new ConcurrentHashMap<>();

    private static Backend cpu = CPU;
    private static UnaryOperator<Backend> wrapper;

    private Registry() {}

    /**
     * Puts something before every kernel of the CPU's backend, and of those that are asked for from
     * now on; for a profile.
     *
     * @param around gives the backend to use for one that computes; null to have it plain again
     */
    public static void wrap(UnaryOperator<Backend> around) {
      wrapper = around;
      cpu = around == null ? CPU : around.apply(CPU);
    }

    private static Backend find(Device device) {
      Backend backend = OPEN.computeIfAbsent(device, Registry::open);
      return wrapper == null ? backend : wrapper.apply(backend);
    }

    private static Backend open(Device device) {
      for (Provider provider : providers()) {
        if (provider.type() == device.type()) {
          return new CheckedBackend(provider.open(device));
        }
      }
      throw new BackendUnavailableException(
          "no backend for " + device + ": put the cuda-kernels jar on the class path");
    }
  }
}
