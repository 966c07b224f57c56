package org.stabledino.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.Tensor;

/**
 * Loads kernels and launches them.
 *
 * <p>A {@link Source} is loaded on first use; the driver compiles its PTX for the GPU at hand and
 * caches the result on disk. The driver itself does not check what a launch is given: here the
 * number and sizes of the arguments are compared with the parameters that the PTX declares.
 */
final class Kernels {

  /** The kernel files of {@code src/main/cuda}. */
  enum Source {
    /** Functions of single elements. */
    ELEMENTWISE,
    /** Functions of two operands with broadcasting. */
    BROADCAST,
    /** Sums. */
    SUMS,
    /** Maxima and the k largest. */
    ORDER,
    /** Copies that reorder. */
    COPIES,
    /** Matrix products. */
    GEMM,
    /** Convolutions. */
    CONVOLUTION,
    /** Operands of products in bfloat16. */
    BFLOAT16,
    /** Pooling and resizing. */
    MAPS,
    /** Softmax of rows. */
    SOFTMAX,
    /** Layer and group normalisation. */
    NORMALIZATION,
    /** Dense attention. */
    ATTENTION,
    /** Deformable attention. */
    DEFORMABLE,
    /** Optimiser updates. */
    OPTIMIZER,
    /** Overlaps, matching costs and class losses. */
    LOSSES;

    /** The name of the file without its ending. */
    String file() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The committed PTX. */
    String ptx() {
      String name = file() + ".ptx";
      try (InputStream in = Kernels.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException(name + " is missing from the cuda-kernels jar");
        }
        return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      } catch (IOException e) {
        throw new UncheckedIOException(name, e);
      }
    }
  }

  private record Kernel(CUfunction function, int[] parameterBytes) {}

  private final CudaContext context;
  private final Map<Source, CUmodule> modules = new HashMap<>();
  private final Map<String, Kernel> kernels = new HashMap<>();
  private final Map<String, int[]> parameters = new HashMap<>();

  /** Kernels of a device. */
  Kernels(CudaContext context) {
    this.context = context;
  }

  /**
   * Puts a launch on the stream.
   *
   * @param source the file
   * @param name the kernel
   * @param grid blocks and threads; nothing happens if there are none
   * @param arguments tensors, blocks of memory and places in them (as pointers; null for a null
   *     pointer), Integer, Float, Long, Double, and int[] for a structure
   * @throws DriverException if the driver refuses it, or an earlier launch failed
   */
  void launch(Source source, String name, Grid grid, Object... arguments) {
    if (grid.empty()) {
      return;
    }
    context.bind();
    Kernel kernel;
    synchronized (this) {
      kernel = kernels.get(name);
      if (kernel == null) {
        kernel = load(source, name);
        kernels.put(name, kernel);
      }
    }
    if (arguments.length != kernel.parameterBytes.length) {
      throw new IllegalArgumentException(
          "kernel %s takes %d arguments, not %d"
              .formatted(name, kernel.parameterBytes.length, arguments.length));
    }
    NativePointerObject[] pointers = new NativePointerObject[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      pointers[i] = argument(name, i, arguments[i], kernel.parameterBytes[i]);
    }
    Driver.check(
        JCudaDriver.cuLaunchKernel(
            kernel.function,
            grid.x(),
            grid.y(),
            grid.z(),
            grid.threadsX(),
            grid.threadsY(),
            1,
            0,
            context.stream(),
            Pointer.to(pointers),
            null),
        "launch of kernel " + name);
    // Memory of a tensor that dies during the call must not be given back before it is queued.
    Reference.reachabilityFence(arguments);
  }

  private static Pointer argument(String kernel, int index, Object value, int bytes) {
    int given =
        switch (value) {
          case Integer _, Float _ -> 4;
          case int[] words -> 4 * words.length;
          case null, default -> 8;
        };
    if (given != bytes) {
      throw new IllegalArgumentException(
          "argument %d of kernel %s has %d bytes, not %d".formatted(index, kernel, bytes, given));
    }
    return switch (value) {
      case null -> Pointer.to(new CUdeviceptr());
      case Integer number -> Pointer.to(new int[] {number});
      case Float number -> Pointer.to(new float[] {number});
      case Long number -> Pointer.to(new long[] {number});
      case Double number -> Pointer.to(new double[] {number});
      case int[] words -> Pointer.to(words);
      case Tensor tensor -> Pointer.to(pointer(tensor));
      case DeviceMemory.Block block -> Pointer.to(block.at(0));
      case CUdeviceptr place -> Pointer.to(place);
      default -> throw new IllegalArgumentException("no kernel argument: " + value.getClass());
    };
  }

  /** Where a tensor's first element lies on the device. */
  static CUdeviceptr pointer(Tensor tensor) {
    if (!(tensor.storage() instanceof CudaStorage storage)) {
      throw new IllegalArgumentException(
          tensor + " is given to a CUDA kernel: move it with Backend.upload");
    }
    return storage.at(tensor.offset());
  }

  private Kernel load(Source source, String name) {
    CUmodule module = modules.get(source);
    if (module == null) {
      String ptx = source.ptx();
      parameters.putAll(Ptx.parameters(ptx));
      module = new CUmodule();
      byte[] image = Arrays.copyOf(ptx.getBytes(StandardCharsets.US_ASCII), ptx.length() + 1);
      Driver.check(
          JCudaDriver.cuModuleLoadData(module, image),
          "loading of the kernels of " + source.file());
      modules.put(source, module);
    }
    CUfunction function = new CUfunction();
    Driver.check(JCudaDriver.cuModuleGetFunction(function, module, name), "kernel " + name);
    return new Kernel(function, parameters.get(name));
  }
}
