package org.stabledino.bench.peers;

import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Everything one run has measured.
 *
 * @param machine processor, system and JDK
 * @param processor its name alone
 * @param date of the run
 * @param peers what each library says it is
 * @param notes what a reader must know, each a sentence or two
 * @param ceilings of the machine by number of threads
 * @param comparisons in the order they were made
 */
public record Session(
    String machine,
    String processor,
    LocalDate date,
    List<String> peers,
    List<String> notes,
    Map<Integer, Ceilings> ceilings,
    List<Comparison> comparisons) {

  /**
   * The name of the files that keep it, without their ending.
   *
   * @return such as {@code cpu-amd-epyc-2026-01-31}
   */
  public String fileName() {
    String slug = processor.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    return "cpu-" + slug.replaceAll("^-|-$", "") + "-" + date;
  }
}
