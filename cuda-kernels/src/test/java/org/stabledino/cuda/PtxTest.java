package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The committed PTX: made from these sources, and fit for the GPUs it is meant for. */
class PtxTest {
  private static final Path SOURCES = Path.of("src/main/cuda");

  @Test
  void everySourceHasItsPlace() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      assertThat(files.map(file -> file.getFileName().toString()).filter(f -> f.endsWith(".cu")))
          .containsExactlyInAnyOrderElementsOf(
              Arrays.stream(Kernels.Source.values()).map(source -> source.file() + ".cu").toList());
    }
  }

  @ParameterizedTest
  @EnumSource
  void ptxIsMadeFromItsSource(Kernels.Source source) throws IOException, NoSuchAlgorithmException {
    requireMadeFrom(SOURCES.resolve(source.file() + ".cu"), source.ptx());
  }

  /** Compares the hash in the first line. */
  static void requireMadeFrom(Path source, String ptx)
      throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    List<Path> parts = new ArrayList<>();
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.filter(file -> file.toString().endsWith(".cuh")).sorted().forEach(parts::add);
    }
    parts.add(source);
    for (Path part : parts) {
      digest.update(Files.readAllBytes(part));
    }
    assertThat(ptx.lines().findFirst())
        .as("the PTX of %s; run cuda-kernels/compile-ptx after a change", source)
        .hasValue("// source-sha256: " + HexFormat.of().formatHex(digest.digest()));
    assertThat(ptx.lines()).contains(".version 7.0", ".target sm_80");
  }

  @ParameterizedTest
  @EnumSource
  void ptxDeclaresTheKernelsOfItsSource(Kernels.Source source) throws IOException {
    Pattern kernel =
        Pattern.compile("__global__ void (?:__launch_bounds__\\(\\d+\\) )?(\\w+)\\(([^)]*)\\)");
    Matcher matcher = kernel.matcher(Files.readString(SOURCES.resolve(source.file() + ".cu")));
    Map<String, int[]> declared = Ptx.parameters(source.ptx());
    List<String> names = new ArrayList<>();
    while (matcher.find()) {
      names.add(matcher.group(1));
      String[] parameters = matcher.group(2).split(",");
      int[] sizes = declared.get(matcher.group(1));
      assertThat(sizes).as(matcher.group(1)).hasSameSizeAs(parameters);
      for (int i = 0; i < sizes.length; i++) {
        String parameter = parameters[i].strip();
        if (parameter.contains("*") || parameter.matches("(double|long) .*")) {
          assertThat(sizes[i]).as(parameter).isEqualTo(8);
        } else if (parameter.startsWith("int ") || parameter.startsWith("float ")) {
          assertThat(sizes[i]).as(parameter).isEqualTo(4);
        } else {
          assertThat(sizes[i]).as("the structure " + parameter).isGreaterThan(8);
        }
      }
    }
    assertThat(names).isNotEmpty().containsExactlyInAnyOrderElementsOf(declared.keySet());
  }

  /** CI must have the compiler; elsewhere the test is skipped without it. */
  private static void requireCompiler() {
    String missing = null;
    try {
      if (NativeLibraries.unpack("JNvPTXCompiler")) {
        JNvPTXCompiler.nvPTXCompilerGetVersion(new int[1], new int[1]);
      } else {
        missing = "no PTX compiler for this platform";
      }
    } catch (LinkageError e) {
      missing = "the PTX compiler cannot be loaded: " + e.getMessage();
    }
    if (System.getenv("CI") != null) {
      assertThat(missing).as("what keeps the PTX compiler from running").isNull();
    }
    Assumptions.assumeTrue(missing == null, missing);
  }

  /** The same compiler that a driver uses, so that no GPU is needed to know that it would. */
  @ParameterizedTest
  @EnumSource
  void ptxCompilesForTheGpusItIsMeantFor(Kernels.Source source) {
    requireCompiles(source.ptx());
  }

  /** Compiles for all architectures; the test is skipped without the compiler, except in CI. */
  static void requireCompiles(String text) {
    requireCompiler();
    int length = text.length();
    byte[] ptx = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), length + 1);
    for (String architecture : new String[] {"sm_80", "sm_90"}) {
      nvPTXCompilerHandle compiler = new nvPTXCompilerHandle();
      assertThat(JNvPTXCompiler.nvPTXCompilerCreate(compiler, length, ptx)).isZero();
      int result =
          JNvPTXCompiler.nvPTXCompilerCompile(
              compiler, 1, new String[] {"--gpu-name=" + architecture});
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetCompiledProgramSize(compiler, size);
      JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
      assertThat(result).as("compilation for " + architecture).isZero();
      assertThat(size[0]).isPositive();
    }
  }
}
