package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Builds the stand-in driver, the stand-in cuBLAS and the kernels with g++.
 *
 * <p>Results lie in {@code target/standin}, named by a hash of what they are made from.
 */
final class StandInBuild {
  /** This module's folder, whichever module runs the tests. */
  private static final Path MODULE = Path.of(System.getProperty("cuda.kernels", "."));

  private static final Path SOURCES = MODULE.resolve("src/test/standin");
  private static final Path KERNELS = MODULE.resolve("src/main/cuda");
  private static final Path COMPARED = MODULE.resolve("src/test/cuda");
  private static final Pattern ENTRY =
      Pattern.compile("__global__ void (?:__launch_bounds__\\(\\d+\\) )?(\\w+)\\(");

  private StandInBuild() {}

  /**
   * The folder of libcuda.so.1 and a cuBLAS.
   *
   * @param cublas its version, 12 or 13; 0 for none
   */
  static Path driver(int cublas) {
    requireCompiler();
    Path alone = built("driver", List.of(SOURCES), StandInBuild::buildDriver);
    return cublas == 0
        ? alone
        : built("cublas" + cublas, List.of(SOURCES), folder -> buildCublas(alone, folder, cublas));
  }

  private static void requireCompiler() {
    boolean present;
    try {
      present = new ProcessBuilder("g++", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      present = false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    if (System.getenv("CI") != null) {
      assertThat(present).as("g++, which builds the stand-in driver").isTrue();
    }
    Assumptions.assumeTrue(present, "no g++: the CUDA backend is not tested on this machine");
  }

  private static void buildDriver(Path folder) {
    String sources = SOURCES.toAbsolutePath().toString();
    compile(
        folder,
        "-O2",
        "-U_FORTIFY_SOURCE",
        "-shared",
        "-Wl,-soname,libcuda.so.1",
        "-o",
        "libcuda.so.1",
        sources + "/driver.cpp",
        sources + "/blocks.cpp",
        "-ldl");
  }

  private static void buildCublas(Path driver, Path folder, int version) {
    String library = "libcublas.so." + version;
    write(folder.resolve("cublas.map"), library + " { global: cublas*; local: *; };\n");
    try {
      Files.copy(driver.resolve("libcuda.so.1"), folder.resolve("libcuda.so.1"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    compile(
        folder,
        "-O2",
        "-shared",
        "-DCUBLAS_MAJOR=" + version,
        "-Wl,-soname," + library,
        "-Wl,--version-script=cublas.map",
        "-o",
        library,
        SOURCES.toAbsolutePath() + "/cublas.cpp",
        "libcuda.so.1");
  }

  /** The library of the kernels of files with this ending, changed as asked; the name says how. */
  static Path kernels(Path driver, String name, String ending, UnaryOperator<String> change) {
    Path folder =
        built(
            name,
            List.of(SOURCES, KERNELS),
            target -> {
              List<String> sources = units(target, ending, change);
              List<String> arguments = new ArrayList<>(List.of("-O2", "-shared", "-I", "."));
              arguments.addAll(List.of("-I", SOURCES.toAbsolutePath().toString()));
              arguments.addAll(List.of("-o", "libkernels.so"));
              arguments.addAll(sources);
              arguments.add(driver.toString());
              compile(target, arguments.toArray(String[]::new));
            });
    return folder.resolve("libkernels.so");
  }

  /** The library of the kernels that the product's are compared with, {@code src/test/cuda}. */
  static Path comparedKernels(Path driver) {
    Path folder =
        built(
            "compared",
            List.of(SOURCES, KERNELS, COMPARED),
            target -> {
              List<String> arguments = new ArrayList<>(List.of("-O2", "-shared", "-I", "."));
              arguments.addAll(List.of("-I", SOURCES.toAbsolutePath().toString()));
              arguments.addAll(List.of("-I", KERNELS.toAbsolutePath().toString()));
              arguments.addAll(List.of("-o", "libkernels.so"));
              for (Path source : files(COMPARED)) {
                String text = read(source);
                write(target.resolve(source.getFileName()), text);
                String unit = source.getFileName() + ".cpp";
                write(target.resolve(unit), translationUnit(source.getFileName(), text));
                arguments.add(unit);
              }
              arguments.add(driver.toString());
              compile(target, arguments.toArray(String[]::new));
            });
    return folder.resolve("libkernels.so");
  }

  /**
   * The program that repeats recorded launches of the kernels of files with this ending, changed as
   * asked, under a sanitizer. What stands for the GPU is not watched, only the kernels are.
   *
   * @param sanitizer as g++ calls it: thread or address
   */
  static Path replay(String name, String sanitizer, String ending, UnaryOperator<String> change) {
    Path folder =
        built(
            name + "-" + sanitizer,
            List.of(SOURCES, KERNELS),
            target -> {
              String here = SOURCES.toAbsolutePath().toString();
              String define = "-DSTANDIN_" + sanitizer.toUpperCase(Locale.ROOT);
              compile(
                  target,
                  "-O2",
                  "-U_FORTIFY_SOURCE",
                  define,
                  "-c",
                  here + "/blocks.cpp",
                  here + "/replay.cpp");
              List<String> arguments = new ArrayList<>(List.of("-O1", "-g", "-rdynamic"));
              arguments.addAll(List.of("-fsanitize=" + sanitizer, "-I", ".", "-I", here));
              arguments.addAll(units(target, ending, change));
              arguments.addAll(List.of("blocks.o", "replay.o", "-o", "replay", "-ldl"));
              compile(target, arguments.toArray(String[]::new));
            });
    return folder.resolve("replay");
  }

  /** Writes the kernels and returns what is to be compiled of them. */
  private static List<String> units(Path target, String ending, UnaryOperator<String> change) {
    List<String> units = new ArrayList<>();
    for (Path source : files(KERNELS)) {
      boolean wanted = source.toString().endsWith(ending);
      String text = wanted ? change.apply(read(source)) : read(source);
      write(target.resolve(source.getFileName()), text);
      if (wanted) {
        String unit = source.getFileName() + ".cpp";
        write(target.resolve(unit), translationUnit(source.getFileName(), text));
        units.add(unit);
      }
    }
    return units;
  }

  private static String translationUnit(Path source, String text) {
    StringBuilder unit = new StringBuilder("#include \"kernel.h\"\n#include \"" + source + "\"\n");
    Matcher entry = ENTRY.matcher(text);
    while (entry.find()) {
      unit.append("STANDIN_ENTRY(").append(entry.group(1)).append(")\n");
    }
    return unit.toString();
  }

  private interface Builder {
    void build(Path folder);
  }

  /** A folder of build results, made if there is none of the same sources. */
  private static Path built(String name, List<Path> sources, Builder builder) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path folder : sources) {
        for (Path file : files(folder)) {
          digest.update(Files.readAllBytes(file));
        }
      }
      String hash = HexFormat.of().formatHex(digest.digest(), 0, 8);
      Path root = MODULE.resolve("target/standin").toAbsolutePath();
      Path folder = root.resolve(name + "-" + hash);
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(root);
        Path part = Files.createTempDirectory(root, name + ".part");
        builder.build(part);
        Files.move(part, folder, StandardCopyOption.ATOMIC_MOVE);
      }
      return folder;
    } catch (IOException | NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void compile(Path folder, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("g++", "-std=c++17", "-fPIC", "-pthread", "-Wall"));
    command.addAll(List.of("-Wno-sign-compare", "-Wno-unused-function"));
    command.addAll(List.of(arguments));
    try {
      Path log = folder.resolve("g++.log");
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      boolean done = process.waitFor(5, TimeUnit.MINUTES);
      String output = Files.readString(log, StandardCharsets.UTF_8);
      assertThat(done && process.exitValue() == 0).as("g++ builds:%n%s", output).isTrue();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
