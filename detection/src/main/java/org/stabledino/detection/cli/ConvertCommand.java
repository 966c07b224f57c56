package org.stabledino.detection.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.stabledino.detection.UserException;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.nn.io.TensorFile;
import org.stabledino.nn.io.TensorSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Turns checkpoints of any kind into safetensors, or shows what they hold. */
@Command(
    name = "convert",
    description =
        "Convert weights (.pth, .pt, .pkl, .safetensors) to safetensors, or list what they hold."
            + " Nothing of a file is executed; floating-point tensors become float32.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  ./stable-dino convert --list model_final.pth",
      "  ./stable-dino convert model_final.pth model.safetensors",
      "  ./stable-dino convert --prefix backbone. --strip model_final.pth backbone.safetensors",
      "  ./stable-dino convert --section model_ema checkpoint.pth ema.safetensors",
    })
final class ConvertCommand implements Callable<Integer> {

  @Parameters(index = "0", paramLabel = "IN", description = "The file to read.")
  private Path in;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT",
      description = "The safetensors file to write; not with --list.")
  private Path out;

  @Option(names = "--list", description = "Print name, type and shape of every tensor.")
  private boolean list;

  @Option(
      names = "--section",
      defaultValue = "",
      description =
          "Which dictionary of the file, such as model_ema (default: model, state_dict or the"
              + " whole).")
  private String section;

  @Option(
      names = "--prefix",
      defaultValue = "",
      description = "Only tensors whose names start with this.")
  private String prefix;

  @Option(names = "--strip", description = "Leave the prefix out of the new names.")
  private boolean strip;

  @Option(names = "--force", description = "Replace OUT if it exists.")
  private boolean force;

  @Override
  public Integer call() {
    requireUsage();
    try (TensorFile file = TensorFile.open(in, section)) {
      Map<String, String> names = new LinkedHashMap<>();
      for (String name : file.names()) {
        if (name.startsWith(prefix)) {
          names.put(strip ? name.substring(prefix.length()) : name, name);
        }
      }
      if (names.isEmpty()) {
        throw new UserException(
            "%s: none of its %d tensors starts with '%s'; --list shows their names"
                .formatted(in, file.names().size(), prefix));
      }
      if (list) {
        print(file, names);
      } else {
        SafeTensors.write(out, TensorSource.renamed(file, names), Map.of("format", "pt"));
        System.out.printf("%s: %d tensors of %s%n", out, names.size(), file.format());
      }
    }
    return 0;
  }

  private void requireUsage() {
    if (list == (out != null)) {
      throw new UserException(
          list
              ? "--list writes nothing: leave %s out".formatted(out)
              : "where to? Give OUT.safetensors, or --list");
    }
    if (out != null && Files.exists(out) && !force) {
      throw new UserException("%s exists: choose another name, or add --force".formatted(out));
    }
    if (out != null && Files.exists(out) && isSame()) {
      throw new UserException("%s would replace what it is read from".formatted(out));
    }
  }

  private boolean isSame() {
    return out.toAbsolutePath().normalize().equals(in.toAbsolutePath().normalize());
  }

  private static void print(TensorFile file, Map<String, String> names) {
    long elements = 0;
    for (Map.Entry<String, String> entry : names.entrySet()) {
      String name = entry.getValue();
      System.out.printf("%-5s %-20s %s%n", file.type(name), file.shape(name), entry.getKey());
      elements += file.shape(name).size();
    }
    System.out.printf("%s: %d tensors, %,d elements%n", file.format(), names.size(), elements);
  }
}
