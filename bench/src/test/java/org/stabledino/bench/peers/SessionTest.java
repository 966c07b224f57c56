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
      String op, int threads, Goal goal, double java, double... peers) {
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
        List.of(comparisons),
        List.of());
  }

  @Test
  void comparesWithTheFastestPeer() {
    Comparison c = comparison("gemm.forward", 2, Goal.speed(1), 0.02, 0.03, 0.025);
    assertThat(c.best().seconds().median()).isEqualTo(0.025);
    assertThat(c.ratio()).isEqualTo(1.25);
  }

  @Test
  void judgesByTheGoal() {
    assertThat(comparison("a.b", 2, Goal.speed(1.25), 0.02, 0.025).verdict(null))
        .isEqualTo(Verdict.MET);
    assertThat(comparison("a.b", 2, Goal.speed(1.3), 0.02, 0.025).verdict(null))
        .isEqualTo(Verdict.MISSED);
    assertThat(comparison("a.b", 2, Goal.NONE, 0.02, 0.025).verdict(null)).isEqualTo(Verdict.NONE);
  }

  @Test
  void judgesBandwidthByTheTriad() {
    Comparison c = comparison("a.b", 2, Goal.bandwidth(0.5), 0.02, 0.01);
    assertThat(c.verdict(new Ceilings(1e9, 10e9))).isEqualTo(Verdict.MET);
    assertThat(c.verdict(new Ceilings(1e9, 10.1e9))).isEqualTo(Verdict.MISSED);
    assertThat(c.verdict(null)).isEqualTo(Verdict.MISSED);
  }

  @Test
  void countsGoalsOfTwoThreadsOnly() {
    Session session =
        session(
            comparison("a.b", 2, Goal.speed(1), 0.02, 0.03),
            comparison("a.c", 2, Goal.speed(1), 0.02, 0.01),
            comparison("a.d", 2, Goal.NONE, 0.02, 0.01),
            comparison("a.b", 1, Goal.speed(1), 0.02, 0.01));
    assertThat(session.summary()).isEqualTo("1 of 2 goals met");
  }

  @Test
  void writesATableForEachFamilyAndNumberOfThreads() {
    String page =
        Markdown.page(
            session(
                comparison("gemm.forward", 2, Goal.speed(1), 0.02, 0.03),
                comparison("softmax.forward", 2, Goal.speed(3), 0.02, 0.03),
                comparison("gemm.forward", 1, Goal.speed(1), 0.04, 0.06)));
    assertThat(page)
        .contains("## gemm, 2 threads", "## softmax, 2 threads", "## gemm, 1 thread\n")
        .contains("libfast 1.0", "A note.", "1 of 2 goals met")
        .contains(
            "| forward | r50 2x3 | 20.0 (20.0 to 20.0) | peer0.03 | 30.0 (30.0 to 30.0) | 1.50 |"
                + " 1.00 | met |")
        .contains("| 1.50 | 3.00 | **not met** |")
        .contains("| 50 % | 50 % |");
    long columns =
        page.lines()
            .filter(line -> line.startsWith("| op"))
            .findFirst()
            .orElseThrow()
            .chars()
            .filter(c -> c == '|')
            .count();
    assertThat(page.lines().filter(line -> line.startsWith("|")))
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == columns);
  }

  @Test
  void saysWhatFailed() {
    Session sound = session(comparison("a.b", 2, Goal.speed(1), 0.02, 0.03));
    Session failed =
        new Session(
            sound.machine(),
            sound.processor(),
            sound.date(),
            sound.peers(),
            sound.notes(),
            sound.ceilings(),
            sound.comparisons(),
            List.of("gemm.forward: libfast differs"));
    assertThat(failed.summary()).isEqualTo("1 of 1 goals met, 1 pairs FAILED");
    assertThat(Markdown.page(failed)).contains("**FAILED** gemm.forward: libfast differs");
  }

  @Test
  void writesJsonThatParses() {
    String text = Json.text(session(comparison("gemm.forward", 2, Goal.speed(1), 0.02, 0.03)));
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
