package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.function.Consumer;
import org.stabledino.detection.UserException;
import org.stabledino.detection.engine.Profiling;
import org.stabledino.detection.engine.RunFolder;
import org.stabledino.detection.report.ProfilePage;
import org.stabledino.detection.report.ProfileTables;
import org.stabledino.tensor.profile.ProfileNode;
import picocli.CommandLine.Option;

/** Whether a command shows where its time goes. */
final class ProfileOption {

  @Option(
      names = "--profile",
      description =
          "Measure where the time goes, after a few repetitions to warm up: print time, GFLOP/s and"
              + " GB/s by op and module, and write profile.html beside the results.")
  private boolean wanted;

  /** Whether to measure. */
  boolean wanted() {
    return wanted;
  }

  /** Refuses a device on which a kernel's call says nothing about its time. */
  void requireCpu(DeviceOption device) {
    if (wanted && !device.isCpu()) {
      throw new UserException(
          "--profile measures calls, and on a GPU a kernel only starts within its call: use --device cpu, or NVIDIA's nsys");
    }
  }

  /**
   * Prints and writes what was measured; nothing where nothing was to be.
   *
   * @param out where the tables go
   * @param folder where the page goes
   * @param title what was measured
   * @param what one repetition is called
   * @param profiling the measurement; null where none was wanted
   */
  void show(
      Consumer<String> out, RunFolder folder, String title, String what, Profiling profiling) {
    if (!wanted) {
      return;
    }
    ProfileNode root = profiling.result();
    if (root.calls() == 0) {
      out.accept("profile: no %s was measured".formatted(what));
      return;
    }
    Path page = folder.profile();
    ProfilePage.write(page, title, what, root);
    out.accept(new ProfileTables(root).text(what));
    out.accept("profile: " + page);
  }
}
