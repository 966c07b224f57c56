package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.stabledino.detection.losses.LossReport;
import org.stabledino.detection.matching.Matching;
import org.stabledino.nn.testing.Fixture;

/** Compares assignments with recorded ones. */
final class RecordedMatches {
  private RecordedMatches() {}

  /**
   * Fails unless every head of every image matched the recorded pairs.
   *
   * @param fixture holds {@code PREFIXmatch.HEAD.iIMAGE} (queries) and {@code .jIMAGE} (targets)
   * @param prefix of the names
   * @param report what our criterion matched: the encoder, then the decoder's layers
   */
  static void check(Fixture fixture, String prefix, LossReport report) {
    int layers = report.matchings().getFirst().size() - 1;
    for (int image = 0; image < report.matchings().size(); image++) {
      List<Matching> heads = report.matchings().get(image);
      for (int head = 0; head <= layers; head++) {
        String name = head == 0 ? "enc" : head == layers ? "final" : "aux" + (head - 1);
        String recorded = prefix + "match." + name;
        assertThat(heads.get(head).queries())
            .as(name)
            .isEqualTo(fixture.indices(recorded + ".i" + image).ints());
        assertThat(heads.get(head).targets())
            .as(name)
            .isEqualTo(fixture.indices(recorded + ".j" + image).ints());
      }
    }
  }
}
