package org.stabledino.detection.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoFolder;
import org.stabledino.detection.data.DatasetInspector;
import org.stabledino.detection.data.InspectionReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Validates a data set and prints what it found. */
@Command(
    name = "inspect",
    description = "Check a COCO-format data set and print what is in it.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExample:%n",
    footer = "  ./stable-dino inspect --data coco/ --decode")
final class InspectCommand implements Callable<Integer> {

  @Option(names = "--data", required = true, description = "Folder of the data set.")
  private Path data;

  @Option(
      names = "--split",
      split = ",",
      defaultValue = "train,val",
      description = "Which parts of it (default: ${DEFAULT-VALUE}).")
  private List<String> splits;

  @Option(names = "--decode", description = "Decode every picture, too, and compare its size.")
  private boolean decode;

  @Override
  public Integer call() {
    long errors = 0;
    for (String split : splits) {
      InspectionReport report = DatasetInspector.inspect(new CocoFolder(data), split, decode);
      System.out.print(report.render());
      errors += report.errors();
    }
    if (errors > 0) {
      throw new UserException(
          "%s: %d errors, listed above; mend them before training".formatted(data, errors));
    }
    return 0;
  }
}
