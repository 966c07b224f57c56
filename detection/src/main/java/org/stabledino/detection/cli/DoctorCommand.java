package org.stabledino.detection.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.stabledino.tensor.Backend;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Says what this machine has of what the program needs, and how to get what is missing. */
@Command(
    name = "doctor",
    description = "Show what this machine has for computing, and how to get what is missing.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExample:%n",
    footer = "  ./stable-dino doctor")
final class DoctorCommand implements Runnable {
  private static final String LINE = "%-8s%s%n";

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    Runtime runtime = Runtime.getRuntime();
    out.printf(LINE, "java", System.getProperty("java.vm.name") + " " + Runtime.version());
    out.printf(
        LINE,
        "cpu",
        String.format(
            Locale.ROOT,
            "%d processors, %.1f GiB for the JVM's heap",
            runtime.availableProcessors(),
            runtime.maxMemory() / (double) (1L << 30)));
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    out.printf(
        LINE,
        "",
        vector
            ? "Vector API present"
            : "missing: the Vector API; start java with --add-modules jdk.incubator.vector");
    for (Backend.Provider provider : Backend.providers()) {
      String name = provider.type().name().toLowerCase(Locale.ROOT);
      Backend.Diagnosis diagnosis = provider.diagnose();
      for (String found : diagnosis.found()) {
        out.printf(LINE, name, found);
        name = "";
      }
      for (String missing : diagnosis.missing()) {
        out.printf(LINE, name, "missing: " + missing);
        name = "";
      }
    }
    out.printf(LINE, "", DeviceOption.CUDA_STATE);
    out.flush();
  }
}
