package org.stabledino.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what a PTX file declares. */
final class Ptx {
  private static final Pattern ENTRY =
      Pattern.compile("\\.entry\\s+(\\w+)\\s*\\(([^)]*)\\)", Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\.param\\s+(?:\\.align\\s+\\d+\\s+)?\\.[a-z](\\d+)\\s[^\\[,]*(?:\\[(\\d+)])?");

  private Ptx() {}

  /**
   * The sizes of each kernel's parameters.
   *
   * @param ptx the text
   * @return bytes by position, by the kernel's name
   */
  static Map<String, int[]> parameters(String ptx) {
    Map<String, int[]> kernels = new LinkedHashMap<>();
    Matcher entry = ENTRY.matcher(ptx);
    while (entry.find()) {
      List<Integer> sizes = new ArrayList<>();
      Matcher parameter = PARAMETER.matcher(entry.group(2));
      while (parameter.find()) {
        int count = parameter.group(2) == null ? 1 : Integer.parseInt(parameter.group(2));
        sizes.add(Integer.parseInt(parameter.group(1)) / 8 * count);
      }
      kernels.put(entry.group(1), sizes.stream().mapToInt(Integer::intValue).toArray());
    }
    return kernels;
  }
}
