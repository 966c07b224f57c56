package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Tensor;

/** The sine codes of tokens and of queries. */
@Tag("parity")
class SineParityTest {

  @Test
  void tokens() {
    try (Fixture fixture = Fixtures.open("ops/position_embedding_sine")) {
      for (String name : fixture.caseNames()) {
        Tensor mask = fixture.tensor(name + ".in.mask");
        Json attrs = fixture.json().get("cases").get(name).get("attrs");
        PositionEmbeddingSine code =
            new PositionEmbeddingSine(attrs.get("num_pos_feats").integer());
        Tensor expected = fixture.nhwc(name + ".out");
        Tensor actual = code.forward(mask);
        Close.check(name, expected, actual.reshape(expected.shape()), 0, 1e-5);
      }
      assertThat(fixture.caseNames()).isNotEmpty();
    }
  }

  @Test
  void queries() {
    try (Fixture fixture = Fixtures.open("ops/get_sine_pos_embed")) {
      for (String name : fixture.caseNames()) {
        Tensor references = fixture.tensor(name + ".in.pos");
        Json attrs = fixture.json().get("cases").get(name).get("attrs");
        QueryPosition code = new QueryPosition(attrs.get("num_pos_feats").integer());
        Tensor ratios = Tensor.full(1f, references.dim(0), 1, references.dim(2));
        Close.check(
            name, fixture.tensor(name + ".out"), code.forward(references, ratios), 1e-5, 1e-6);
      }
      assertThat(fixture.caseNames()).isNotEmpty();
    }
  }
}
