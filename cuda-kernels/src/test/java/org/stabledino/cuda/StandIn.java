package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;

/**
 * Loads the stand-in driver and cuBLAS into this JVM, and steers them.
 *
 * <p>JCuda asks for {@code libcuda.so.1} and {@code libcublas.so.12}; libraries of these names that
 * are loaded already, as here by their full paths, are what it gets, whatever the machine has. The
 * system property {@code standin.cublas=13} puts {@code libcublas.so.13} in the place of the
 * latter.
 */
@SuppressWarnings("restricted")
public final class StandIn {
  /** The order in which the stand-in runs blocks and threads. */
  enum Schedule {
    /** Ascending. */
    FORWARD,
    /** Descending. */
    REVERSE,
    /** By chance, with a fixed seed. */
    SHUFFLED
  }

  /** The version of the stand-in cuBLAS in this JVM. */
  static final int CUBLAS = Integer.getInteger("standin.cublas", 12);

  private static Path driver;
  private static SymbolLookup symbols;

  private StandIn() {}

  /**
   * A backend on the stand-in, with canaries right behind every tensor; the calling test is skipped
   * where there is no g++, except in CI, where it fails.
   *
   * @param blas whether products run on the stand-in cuBLAS
   */
  static CudaBackend backend(boolean blas) {
    load();
    return open(StandInBuild.kernels(driver, "kernels", ".cu", file -> file), blas);
  }

  /**
   * The device that {@code Backend.of} opens on the stand-in, for tests of other modules; the
   * calling test is skipped where there is no g++, except in CI, where it fails.
   *
   * @return the stand-in's first device
   */
  public static Device device() {
    System.setProperty(CudaProvider.EXACT_MEMORY, "true");
    backend(true);
    return Backend.of(Device.cuda(0)).device();
  }

  /**
   * Another device that {@code Backend.of} opens on the stand-in, whose memory is kept and handed
   * out again as on a GPU, without canaries between; the calling test is skipped where there is no
   * g++, except in CI, where it fails.
   *
   * @return the stand-in's second device
   */
  public static Device cachingDevice() {
    device();
    System.setProperty(CudaProvider.EXACT_MEMORY, "false");
    try {
      return Backend.of(Device.cuda(1)).device();
    } finally {
      System.setProperty(CudaProvider.EXACT_MEMORY, "true");
    }
  }

  /**
   * What makes another process on this machine compute on the stand-in; the calling test is skipped
   * where there is no g++, except in CI, where it fails.
   *
   * @return environment variables
   */
  public static Map<String, String> environment() {
    return environment(CUBLAS);
  }

  /**
   * The same with a cuBLAS of one's choice.
   *
   * @param cublas its version, 12 or 13; 0 for none
   * @return environment variables
   */
  public static Map<String, String> environment(int cublas) {
    Path libraries = StandInBuild.driver(cublas);
    Path kernels =
        StandInBuild.kernels(libraries.resolve("libcuda.so.1"), "kernels", ".cu", file -> file);
    return Map.of("LD_LIBRARY_PATH", libraries.toString(), "STANDIN_KERNELS", kernels.toString());
  }

  /**
   * A backend whose kernels of one file are the product's after a change of the source; {@link
   * #mend} must follow.
   */
  static CudaBackend faulty(String file, String name, UnaryOperator<String> change) {
    load();
    return open(StandInBuild.kernels(driver, name, file, change), true);
  }

  /**
   * Has modules that are loaded from here on take their kernels from those that the product's are
   * compared with; {@link #mend} must follow.
   */
  static void compared() {
    load();
    kernels(StandInBuild.comparedKernels(driver));
  }

  /** Puts the product's kernels back and forgets faults. */
  static void mend() {
    backend(true);
  }

  private static void kernels(Path library) {
    try (Arena arena = Arena.ofConfined()) {
      function("standinKernels", ValueLayout.ADDRESS)
          .invoke(arena.allocateFrom(library.toString()));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static CudaBackend open(Path kernels, boolean blas) {
    kernels(kernels);
    try {
      function("standinClearFault").invoke();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    schedule(Schedule.FORWARD);
    assertThat(new CudaProvider().diagnose().usable()).as("the stand-in driver").isTrue();
    return CudaBackend.open(Device.cuda(0), new CudaBackend.Settings(blas, false, true));
  }

  /** Chooses the order of blocks and threads from here on. */
  static void schedule(Schedule schedule) {
    try {
      function("standinSchedule", ValueLayout.JAVA_INT).invoke(schedule.ordinal());
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The calls since this was asked last that made this thread wait for the device or the driver.
   * Another may free what the garbage collector has found.
   *
   * @return how many by name, such as {@code cuEventSynchronize}
   */
  public static Map<String, Integer> waits() {
    Map<String, Integer> waits = new TreeMap<>();
    for (String line : text("standinWaits").lines().toList()) {
      String[] words = line.split(" ");
      waits.put(words[0], Integer.valueOf(words[1]));
    }
    return waits;
  }

  /** The kernels of which launches are kept for {@link #writeLaunches}. */
  static Set<String> launched() {
    return Set.copyOf(text("standinLaunched").lines().toList());
  }

  /** The text that a function of the stand-in returns. */
  private static String text(String name) {
    try {
      MethodHandle function = function(name, FunctionDescriptor.of(ValueLayout.ADDRESS));
      MemorySegment text = (MemorySegment) function.invoke();
      return text.reinterpret(1 << 16).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes the launches that were kept of those in this JVM; returns how many. */
  static int writeLaunches(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      MethodHandle write =
          function(
              "standinWriteLaunches",
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
      return (int) write.invoke(arena.allocateFrom(file.toString()));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle function(String name, MemoryLayout... arguments) {
    return function(name, FunctionDescriptor.ofVoid(arguments));
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return Linker.nativeLinker().downcallHandle(symbols.find(name).orElseThrow(), type);
  }

  private static synchronized void load() {
    if (driver == null) {
      Path folder = StandInBuild.driver(CUBLAS);
      driver = folder.resolve("libcuda.so.1");
      System.load(driver.toString());
      System.load(folder.resolve("libcublas.so." + CUBLAS).toString());
      symbols = SymbolLookup.libraryLookup(driver, Arena.global());
    }
  }
}
