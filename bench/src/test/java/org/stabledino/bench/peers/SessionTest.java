package org.stabledino.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.stabledino.bench.peers.Comparison.Timing;
import org.stabledino.bench.peers.Comparison.Verdict;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class SessionTest {
  private static Comparison comparison(
      String op, int threads, double goal, double java, double... peers) {
    List<Timing> timings =
        Arrays.stream(peers)
            .mapToObj(seconds -> new Timing("peer" + seconds, Spread.of(seconds)))
            .toList();
    return new Comparison(
        op, "r50 2x3", threads, Effort.of(1e9, 25e6), goal, 1e-6, Spread.of(java), timings);
  }

  private static Session session(Comparison... comparisons) {
    return new Session(
        "A machine",
        "Some CPU (R) @ 2 GHz",
        LocalDate.of(2026, 1, 31),
        List.of("libfast 1.0"),
        List.of("A note."),
        Map.of(2, new Ceilings(100e9, 10e9)),
        List.of(comparisons));
  }

  @Test
  void comparesWithTheFastestPeer() {
    Comparison c = comparison("gemm.forward", 2, 1, 0.02, 0.03, 0.025);
    assertThat(c.best().seconds().median()).isEqualTo(0.025);
    assertThat(c.ratio()).isEqualTo(1.25);
  }

  @Test
  void judgesByTheGoal() {
    assertThat(comparison("a.b", 2, 1.25, 0.02, 0.025).verdict()).isEqualTo(Verdict.MET);
    assertThat(comparison("a.b", 2, 1.3, 0.02, 0.025).verdict()).isEqualTo(Verdict.MISSED);
    assertThat(comparison("a.b", 2, 0, 0.02, 0.025).verdict()).isEqualTo(Verdict.NONE);
  }

  @Test
  void countsGoalsOfTwoThreadsOnly() {
    List<Comparison> comparisons =
        List.of(
            comparison("a.b", 2, 1, 0.02, 0.03),
            comparison("a.c", 2, 1, 0.02, 0.01),
            comparison("a.d", 2, 0, 0.02, 0.01),
            comparison("a.b", 1, 1, 0.02, 0.01));
    assertThat(Markdown.summary(comparisons)).isEqualTo("1 of 2 goals met");
  }

  @Test
  void writesATableForEachFamilyAndNumberOfThreads() {
    String page =
        Markdown.page(
            session(
                comparison("gemm.forward", 2, 1, 0.02, 0.03),
                comparison("softmax.forward", 2, 3, 0.02, 0.03),
                comparison("gemm.forward", 1, 1, 0.04, 0.06)));
    assertThat(page)
        .contains("## gemm, 2 threads", "## softmax, 2 threads", "## gemm, 1 thread\n")
        .contains("libfast 1.0", "A note.", "1 of 2 goals met")
        .contains("| forward | r50 2x3 | 20 (20 to 20) | peer0.03 | 30 (30 to 30) | 1.50 | 1.00 | met |")
        .contains("| 1.50 | 3.00 | **not met** |")
        .contains("| 50 % | 50 % |");
    long columns = page.lines().filter(line -> line.startsWith("| op")).findFirst().orElseThrow().chars().filter(c -> c == '|').count();
    assertThat(page.lines().filter(line -> line.startsWith("|")))
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == columns);
  }

  @Test
  void writesJsonThatParses() {
    String text = Json.text(session(comparison("gemm.forward", 2, 1, 0.02, 0.03)));
    int numbers = 0;
    try (JsonParser parser =
        new JsonFactory().createParser(ObjectReadContext.empty(), new StringReader(text))) {
      for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
        numbers += token.isNumeric() ? 1 : 0;
      }
    }
    // Three of the ceilings; threads, flops, bytes, difference, ratio, goal; two times three.
    assertThat(numbers).isEqualTo(3 + 6 + 6);
    assertThat(text).contains("\"verdict\":\"MET\"");
  }

  @Test
  void namesItsFilesByProcessorAndDay() {
    assertThat(session().fileName()).isEqualTo("cpu-some-cpu-r-2-ghz-2026-01-31");
  }
}
