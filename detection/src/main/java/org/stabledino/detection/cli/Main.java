package org.stabledino.detection.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.stabledino.detection.UserException;
import org.stabledino.detection.engine.StopSignal;
import org.stabledino.nn.io.CheckpointException;
import org.stabledino.tensor.BackendUnavailableException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command line.
 *
 * <p>Exit codes: 0 done; 1 an error of this program; 2 something the user can mend, said in one
 * line; 3 stopped by a time limit and 130 by Ctrl-C, with everything saved.
 */
@Command(
    name = "stable-dino",
    description = "Stable-DINO: train, evaluate and run the detector.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    version = "stable-dino 0.1.0",
    subcommands = {
      DemoCommand.class,
      TrainCommand.class,
      EvalCommand.class,
      DetectCommand.class,
      ExplainCommand.class,
      UnstableScoreCommand.class,
      InspectCommand.class,
      DoctorCommand.class,
      CocoEvalCommand.class,
      PresetsCommand.class,
      ConvertCommand.class,
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino demo",
      "  ./stable-dino inspect --data coco/",
      "  ./stable-dino train --config stable-dino-small --data coco/ --out runs/mine",
      "  ./stable-dino detect --checkpoint runs/mine photos/",
      "",
      "Every command has --help.",
    })
public final class Main {
  /** What the user can mend. */
  static final int USER_ERROR = 2;

  /** Stopped by a time limit, everything saved. */
  static final int OUT_OF_TIME = 3;

  /** Stopped by a signal, everything saved. */
  static final int STOPPED = 130;

  @Option(
      names = "--trace",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Show the stack trace of an error, for a bug report.")
  private boolean trace;

  private StopSignal stop;

  private Main() {}

  /**
   * Runs one command and ends the JVM with its exit code.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String... arguments) {
    // Figures, files and messages read the same on every machine, whatever language it speaks.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    System.exit(run(arguments));
  }

  /**
   * Runs one command.
   *
   * @param arguments see {@code --help}
   * @return the exit code
   */
  static int run(String... arguments) {
    Main main = new Main();
    CommandLine line =
        new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true).setUsageHelpWidth(100);
    line.setParameterExceptionHandler(Main::explainUsage);
    line.setExecutionExceptionHandler(
        (failure, command, _) -> main.explain(failure, command.getErr()));
    try {
      return line.execute(arguments);
    } catch (OutOfMemoryError failure) {
      line.getErr()
          .println(
              "error: out of memory (%s); set train.accumulate or train.activationCheckpointing=true, lower eval.batchSize, or give the JVM more with STABLE_DINO_JVM_OPTS=-Xmx16g"
                  .formatted(oneLine(failure.getMessage())));
      return USER_ERROR;
    } finally {
      if (main.stop != null) {
        main.stop.close();
      }
    }
  }

  /**
   * Ctrl-C and SIGTERM as a question, from now to the end of the command. Only then may the JVM
   * end, so that the message of a command that fails while it is being stopped is still printed.
   */
  StopSignal stopSignal() {
    if (stop == null) {
      stop = StopSignal.listen();
    }
    return stop;
  }

  private static int explainUsage(CommandLine.ParameterException failure, String... arguments) {
    CommandLine line = failure.getCommandLine();
    List<String> similar =
        failure instanceof CommandLine.UnmatchedArgumentException unmatched
            ? unmatched.getSuggestions()
            : List.of();
    line.getErr()
        .println(
            "error: %s%s; see './%s --help'"
                .formatted(
                    oneLine(failure.getMessage()),
                    similar.isEmpty() ? "" : "; did you mean " + String.join(" or ", similar) + "?",
                    line.getCommandSpec().qualifiedName()));
    return USER_ERROR;
  }

  private static String oneLine(String message) {
    return String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
  }

  private int explain(Exception failure, PrintWriter err) {
    if (trace) {
      failure.printStackTrace(err);
    }
    return switch (failure) {
      case UserException _, CheckpointException _, BackendUnavailableException _ -> {
        err.println("error: " + oneLine(failure.getMessage()));
        yield USER_ERROR;
      }
      default -> {
        err.println(
            "internal error: %s; please report it with the output of the same command and --trace"
                .formatted(failure));
        yield CommandLine.ExitCode.SOFTWARE;
      }
    };
  }
}
