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
 * @param failures pairs without times, because results differed; none in a sound run
 */
public record Session(
    String machine,
    String processor,
    LocalDate date,
    List<String> peers,
    List<String> notes,
    Map<Integer, Ceilings> ceilings,
    List<Comparison> comparisons,
    List<String> failures) {

  /**
   * What became of a comparison's goal.
   *
   * @param comparison of this session
   * @return the verdict
   */
  public Comparison.Verdict verdict(Comparison comparison) {
    return comparison.verdict(ceilings.get(comparison.threads()));
  }

  /**
   * How many goals are met; they are set for two threads.
   *
   * @return one sentence
   */
  public String summary() {
    List<Comparison.Verdict> judged =
        comparisons.stream().filter(Comparison::judged).map(this::verdict).toList();
    long met = judged.stream().filter(verdict -> verdict == Comparison.Verdict.MET).count();
    String goals = "%d of %d goals met".formatted(met, judged.size());
    return failures.isEmpty() ? goals : goals + ", %d pairs FAILED".formatted(failures.size());
  }

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
