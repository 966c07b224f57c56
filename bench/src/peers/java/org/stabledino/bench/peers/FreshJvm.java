package org.stabledino.bench.peers;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts JVMs like this one, in which native libraries are measured. */
final class FreshJvm {
  private FreshJvm() {}

  /**
   * A JVM with this one's flags and class path, not started yet.
   *
   * @param threads of our kernels and of the libraries
   * @param flags beyond those of this JVM
   * @param main what it runs
   * @param arguments for that
   * @return to be started; its output is that of this process
   */
  static ProcessBuilder of(int threads, List<String> flags, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Dstabledino.threads=" + threads);
    // No collections in the name of native memory, which is given back at once.
    command.add("-Dorg.bytedeco.javacpp.maxBytes=0");
    command.add("-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    String count = Integer.toString(threads);
    builder.environment().putAll(Map.of("OMP_NUM_THREADS", count, "OPENBLAS_NUM_THREADS", count));
    return builder;
  }

  /**
   * Lets the libraries' allocator keep its memory and ask for huge pages, as our pool does: without
   * it libtorch maps and clears new pages for every large result.
   */
  static ProcessBuilder fastAllocator(ProcessBuilder builder) {
    builder
        .environment()
        .putAll(
            Map.of(
                "MALLOC_MMAP_MAX_", "0",
                "MALLOC_TRIM_THRESHOLD_", "17179869184",
                "MALLOC_TOP_PAD_", "268435456",
                "THP_MEM_ALLOC_ENABLE", "1",
                "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"));
    return builder;
  }
}
