package org.stabledino.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The functions of cuBLAS that the backend calls, of version 12 or 13, bound by Java's own foreign
 * function interface.
 *
 * <p>JCuda's binding is linked to {@code libcublas.so.12} and its versioned symbols, so a machine
 * that has version 13 alone would be without. The functions and constants used here are the same in
 * both.
 */
@SuppressWarnings("restricted")
final class CublasLibrary {
  /** The system property that names a library file to use instead of what the machine offers. */
  static final String PROPERTY = "stabledino.cublas";

  /** The first driver that runs CUDA 13. */
  private static final int CUDA_13 = 13_000;

  private final SymbolLookup symbols;
  private final MethodHandle create;
  private final MethodHandle setStream;
  private final MethodHandle setMathMode;
  private final MethodHandle sgemm;
  private final MethodHandle gemmEx;
  private final MethodHandle statusString;
  private final String version;

  private CublasLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
    create = bind("cublasCreate_v2", ADDRESS);
    setStream = bind("cublasSetStream_v2", ADDRESS, ADDRESS);
    setMathMode = bind("cublasSetMathMode", ADDRESS, JAVA_INT);
    sgemm =
        bind(
            "cublasSgemmStridedBatched",
            ADDRESS, // handle
            JAVA_INT, // op(a), op(b)
            JAVA_INT,
            JAVA_INT, // m, n, k
            JAVA_INT,
            JAVA_INT,
            ADDRESS, // alpha
            ADDRESS, // a, its leading extent, from one entry to the next
            JAVA_INT,
            JAVA_LONG,
            ADDRESS, // b
            JAVA_INT,
            JAVA_LONG,
            ADDRESS, // beta
            ADDRESS, // c
            JAVA_INT,
            JAVA_LONG,
            JAVA_INT); // batch
    gemmEx =
        bind(
            "cublasGemmStridedBatchedEx",
            ADDRESS, // handle
            JAVA_INT, // op(a), op(b)
            JAVA_INT,
            JAVA_INT, // m, n, k
            JAVA_INT,
            JAVA_INT,
            ADDRESS, // alpha
            ADDRESS, // a, its type, its leading extent, from one entry to the next
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            ADDRESS, // b
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            ADDRESS, // beta
            ADDRESS, // c
            JAVA_INT,
            JAVA_INT,
            JAVA_LONG,
            JAVA_INT, // batch
            JAVA_INT, // the sum's type
            JAVA_INT); // algorithm
    statusString =
        Linker.nativeLinker()
            .downcallHandle(
                symbol("cublasGetStatusString"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
    version = readVersion();
  }

  /**
   * Looks for a library that the driver can run: the named one, then those of the loader, then
   * those in the toolkit's folders.
   *
   * @param driver the CUDA version of the driver, as it tells it
   * @return nothing if there is none
   */
  static Optional<CublasLibrary> find(int driver) {
    String named = System.getProperty(PROPERTY);
    return (named == null ? candidates(driver) : List.of(named))
        .stream().map(CublasLibrary::open).flatMap(Optional::stream).findFirst();
  }

  /** The library of this name or path, or nothing where it is absent or lacks a function. */
  static Optional<CublasLibrary> open(String library) {
    try {
      SymbolLookup symbols =
          library.contains("/")
              ? SymbolLookup.libraryLookup(Path.of(library), Arena.global())
              : SymbolLookup.libraryLookup(library, Arena.global());
      return Optional.of(new CublasLibrary(symbols));
    } catch (IllegalArgumentException | NoSuchElementException absent) {
      return Optional.empty();
    }
  }

  /** Names for the loader, then paths; the newest that the driver runs comes first. */
  static List<String> candidates(int driver) {
    List<String> names =
        driver >= CUDA_13
            ? List.of("libcublas.so.13", "libcublas.so.12")
            : List.of("libcublas.so.12");
    List<String> candidates = new ArrayList<>(names);
    String home = System.getenv("CUDA_HOME");
    for (String folder : new String[] {home, "/usr/local/cuda"}) {
      if (folder != null) {
        names.forEach(name -> candidates.add(folder + "/lib64/" + name));
      }
    }
    return candidates;
  }

  /** What to do where there is none. */
  static String missing(int driver) {
    String named = System.getProperty(PROPERTY);
    String reason =
        named != null
            ? "%s, which -D%s names, cannot be loaded".formatted(named, PROPERTY)
            : "%s cannot be loaded"
                .formatted(driver >= CUDA_13 ? "libcublas.so.13 or .12" : "libcublas.so.12");
    return ("no cuBLAS: %s, so products run on the backend's own slower kernel; install the cuBLAS "
            + "library of CUDA 12%s, or name its file with -D%s=FILE")
        .formatted(reason, driver >= CUDA_13 ? " or 13" : "", PROPERTY);
  }

  /** Such as 13.0.2. */
  String version() {
    return version;
  }

  /** A handle whose work goes to a stream. */
  MemorySegment create(MemorySegment stream, int mathMode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      check((int) create.invokeExact(handle), "cublasCreate");
      MemorySegment made = handle.get(ADDRESS, 0);
      check((int) setStream.invokeExact(made, stream), "cublasSetStream");
      check((int) setMathMode.invokeExact(made, mathMode), "cublasSetMathMode");
      return made;
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  /** {@code cublasSgemmStridedBatched}; see {@link Blas} for what it computes. */
  MethodHandle sgemm() {
    return sgemm;
  }

  /** {@code cublasGemmStridedBatchedEx}. */
  MethodHandle gemmEx() {
    return gemmEx;
  }

  /** Fails unless a call succeeded. */
  void check(int status, String call) throws Throwable {
    if (status != 0) {
      MemorySegment text = (MemorySegment) statusString.invokeExact(status);
      throw new DriverException(
          call + " failed with " + text.reinterpret(Integer.MAX_VALUE).getString(0));
    }
  }

  /** What a call has thrown; the interface declares no more than Throwable. */
  static RuntimeException rethrow(Throwable e) {
    return switch (e) {
      case Error error -> throw error;
      case RuntimeException exception -> exception;
      default -> new IllegalStateException(e);
    };
  }

  private String readVersion() {
    MethodHandle property = bind("cublasGetProperty", JAVA_INT, ADDRESS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(JAVA_INT);
      List<String> parts = new ArrayList<>();
      for (int part = 0; part < 3; part++) { // major, minor, patch
        check((int) property.invokeExact(part, value), "cublasGetProperty");
        parts.add(Integer.toString(value.get(JAVA_INT, 0)));
      }
      return String.join(".", parts);
    } catch (Throwable e) {
      throw rethrow(e);
    }
  }

  private MemorySegment symbol(String name) {
    return symbols.find(name).orElseThrow();
  }

  private MethodHandle bind(String name, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(symbol(name), FunctionDescriptor.of(JAVA_INT, arguments));
  }
}
