package org.stabledino.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.tensor.Backend;

/**
 * The library that calls cuBLAS 13 in the place of 12, and what the probe says on machines with
 * either and with none, each in a process of its own, where the loader finds what it finds.
 */
class CublasForwardTest {
  @TempDir Path folder;

  @BeforeAll
  static void onlyWithJCuda() {
    Assumptions.assumeTrue(
        NativeLibraries.unpack("JCublas2"), "JCuda has no natives for this platform");
  }

  @Test
  void theLibraryIsMadeFromItsSource() throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String file : List.of("cublas12.c", "cublas12.map")) {
      digest.update(Files.readAllBytes(Path.of("src/main/c").resolve(file)));
    }
    try (InputStream in = NativeLibraries.class.getResourceAsStream(NativeLibraries.FORWARD)) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.ISO_8859_1))
          .as("%s; run cuda-kernels/compile-forward after a change", NativeLibraries.FORWARD)
          .contains("source-sha256: " + HexFormat.of().formatHex(digest.digest()))
          .contains("GLIBC_2.2.5")
          .doesNotContainPattern("GLIBC_2[.](?!2[.]5)");
    }
  }

  /** Prints what the probe finds. */
  static final class Doctor {
    private Doctor() {}

    public static void main(String[] args) {
      Backend.Diagnosis diagnosis = new CudaProvider().diagnose();
      System.out.println("found " + String.join("; ", diagnosis.found()));
      System.out.println("missing " + String.join("; ", diagnosis.missing()));
    }
  }

  private String diagnosis(Map<String, String> environment)
      throws IOException, InterruptedException {
    Path log = folder.resolve("diagnosis");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Doctor.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return Files.readString(log);
  }

  @Test
  void version12IsUsedWhereItIs() throws Exception {
    assertThat(diagnosis(StandIn.environment(12))).contains("; cuBLAS 12.0.0\n", "missing \n");
    assertThat(folder.resolve("stabledino-libcublas12.so")).doesNotExist();
  }

  @Test
  void version13IsUsedWhereItIsAlone() throws Exception {
    assertThat(diagnosis(StandIn.environment(13))).contains("; cuBLAS 13.0.0\n", "missing \n");
  }

  @Test
  void withoutEitherTheProbeSaysWhatToInstall() throws Exception {
    assertThat(diagnosis(StandIn.environment(0)))
        .doesNotContain("; cuBLAS 1")
        .contains("no cuBLAS: neither libcublas.so.12 nor libcublas.so.13 can be loaded")
        .contains("install the cuBLAS library of CUDA 12 or 13");
  }

  @Test
  void version13IsNotUsedWithADriverThatCannotRunIt() throws Exception {
    Map<String, String> environment = new HashMap<>(StandIn.environment(13));
    environment.put("STANDIN_CUDA", "12040");
    assertThat(diagnosis(environment))
        .contains("driver for CUDA 12.4")
        .doesNotContain("; cuBLAS 1")
        .contains("libcublas.so.13 needs a driver for CUDA 13")
        .contains("install the cuBLAS library of CUDA 12,");
  }
}
