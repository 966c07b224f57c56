package org.stabledino.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.Backend.Diagnosis;

/**
 * Looks once for a driver, GPUs and cuBLAS.
 *
 * <p>A native library that cannot be linked throws an {@link UnsatisfiedLinkError} on first use of
 * its class and a {@link NoClassDefFoundError} on every later one: both are {@link LinkageError}s,
 * and after this class has seen one, nobody touches that class again.
 */
final class CudaProbe {
  private static final int OLDEST_CAPABILITY = 80;

  /** The first driver that runs a library of CUDA 13, as it tells its version. */
  private static final int CUDA_13 = 13_000;

  private final List<String> devices = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();
  private int driverVersion;
  private String driver = "";
  private final Set<Integer> ordinals = new HashSet<>();
  private String blas = "";

  private CudaProbe() {}

  /**
   * What was found.
   *
   * @param ordinals the driver's numbers of the GPUs that the backend can use
   * @param blas whether there is a cuBLAS
   * @param diagnosis the same in words
   */
  record Result(Set<Integer> ordinals, boolean blas, Diagnosis diagnosis) {}

  /** The result for this process. */
  static Result result() {
    return Once.RESULT;
  }

  private static final class Once {
    private static final Result RESULT = new CudaProbe().run();
  }

  private Result run() {
    try {
      if (NativeLibraries.unpack("JCudaDriver")) {
        probeDriver();
      } else {
        missing.add(
            "JCuda's native libraries are not on the class path: they exist for Linux on x86-64, "
                + "where the build adds jcuda-natives and jcublas-natives");
      }
    } catch (LinkageError e) {
      missing.add(
          "no NVIDIA driver: libcuda.so.1 cannot be loaded; install the driver of your GPU, "
              + "version 525 or newer");
    }
    if (!devices.isEmpty()) {
      probeBlas();
    }
    List<String> found = new ArrayList<>();
    if (!driver.isEmpty()) {
      found.add("driver for CUDA " + driver);
    }
    found.addAll(devices);
    if (!blas.isEmpty()) {
      found.add("cuBLAS " + blas);
    }
    return new Result(
        Set.copyOf(ordinals),
        !blas.isEmpty(),
        new Diagnosis(!devices.isEmpty(), List.copyOf(found), List.copyOf(missing)));
  }

  private void probeDriver() {
    int result = JCudaDriver.cuInit(0);
    int[] version = new int[1];
    JCudaDriver.cuDriverGetVersion(version);
    driverVersion = version[0];
    driver = version(driverVersion);
    if (result != CUresult.CUDA_SUCCESS) {
      missing.add(
          "no GPU: the driver for CUDA %s answers %s; see nvidia-smi"
              .formatted(driver, CUresult.stringFor(result)));
      return;
    }
    int[] count = new int[1];
    Driver.check(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
    for (int index = 0; index < count[0]; index++) {
      describe(index);
    }
    if (devices.isEmpty()) {
      missing.add("no GPU of compute capability 8.0 (Ampere, 2020) or newer");
    }
  }

  private void describe(int index) {
    CUdevice device = new CUdevice();
    Driver.check(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
    byte[] name = new byte[256];
    Driver.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
    long[] bytes = new long[1];
    Driver.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "cuDeviceTotalMem");
    int major = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    String line =
        "cuda:%d %s, compute capability %d.%d, %.1f GiB"
            .formatted(
                index,
                new String(name, StandardCharsets.UTF_8).trim(),
                major,
                minor,
                bytes[0] / (double) (1L << 30));
    if (10 * major + minor >= OLDEST_CAPABILITY) {
      devices.add(line);
      ordinals.add(index);
    } else {
      missing.add(line + " is too old: the kernels need compute capability 8.0");
    }
  }

  private static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    Driver.check(
        JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
    return value[0];
  }

  private void probeBlas() {
    boolean with13 = driverVersion >= CUDA_13;
    try {
      if (NativeLibraries.loadCublas(with13)) {
        blas = Blas.version();
      }
    } catch (LinkageError e) {
      missing.add(
          ("no cuBLAS: %s, so products run on the backend's own slower kernel; install the cuBLAS "
                  + "library of CUDA %s, or add the folder of yours to LD_LIBRARY_PATH")
              .formatted(
                  with13
                      ? "neither libcublas.so.12 nor libcublas.so.13 can be loaded"
                      : "libcublas.so.12 cannot be loaded, and libcublas.so.13 needs a driver for "
                          + "CUDA 13",
                  with13 ? "12 or 13" : "12"));
    }
  }

  private static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }
}
