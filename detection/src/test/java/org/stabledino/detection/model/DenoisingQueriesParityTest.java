package org.stabledino.detection.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.testing.RecordedNoise;
import org.stabledino.detection.testing.RecordedTargets;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;

/** The published generator of denoising queries, with its recorded draws. */
@Tag("parity")
class DenoisingQueriesParityTest {
  private static final String RECORDING = "cdn/cdn";

  @TestFactory
  Stream<DynamicTest> everyCase() {
    List<DynamicTest> tests = new ArrayList<>();
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      for (String name : fixture.caseNames()) {
        tests.add(DynamicTest.dynamicTest(name, () -> check(name)));
      }
    }
    assertThat(tests).isNotEmpty();
    return tests.stream();
  }

  private static void check(String name) {
    try (Fixture fixture = Fixtures.open(RECORDING)) {
      Json recorded = fixture.json().get("cases").get(name);
      Json options = recorded.get("options");
      String step = options.get("neg_step_type").text();
      DenoisingConfig config =
          new DenoisingConfig(
              options.get("dn_number").integer(),
              options.get("gdn_k").integer(),
              options.get("label_noise_ratio").number(),
              options.get("box_noise_scale").number(),
              step.startsWith("add:") ? Double.parseDouble(step.substring(4)) : 0,
              step.equals("multipy"),
              options.get("dn_to_matching_block").bool());
      List<Targets> targets = RecordedTargets.read(fixture, name, recorded.get("batch").integer());
      DenoisingQueries queries =
          DenoisingQueries.of(
              config,
              options.get("num_classes").integer(),
              options.get("num_queries").integer(),
              targets,
              RecordedNoise.read(fixture, name + ".", targets, config));
      DenoisingLayout layout = queries.layout();
      Json meta = recorded.get("dn_meta");
      assertThat(layout.groups()).isEqualTo(meta.get("dn_num").integer());
      assertThat(layout.copies() * layout.slots()).isEqualTo(meta.get("single_padding").integer());
      Close.check("boxes", fixture.tensor(name + ".input_query_bbox"), queries.boxes(), 0, 1e-4);
      assertThat(queries.blocked().bytes()).isEqualTo(fixture.tensor(name + ".attn_mask").bytes());
      checkLabels(fixture, name, queries);
    }
  }

  private static void checkLabels(Fixture fixture, String name, DenoisingQueries queries) {
    Variable table = fixture.leaf(name + ".label_enc.weight");
    Variable content =
        Ops.mul(Ops.embedding(table, queries.labels()), Variable.constant(queries.filled()));
    assertThat(content.data().toFloats())
        .containsExactly(fixture.tensor(name + ".input_query_label").toFloats(), within(0f));
    content.backward(fixture.tensor(name + ".gout.input_query_label"));
    Close.check(
        "label_enc", fixture.tensor(name + ".grad.label_enc.weight"), table.grad(), 1e-5, 1e-6);
  }
}
