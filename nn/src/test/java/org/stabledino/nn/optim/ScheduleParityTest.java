package org.stabledino.nn.optim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.nn.testing.Close;
import org.stabledino.nn.testing.Fixture;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.nn.testing.Json;
import org.stabledino.tensor.Tensor;

/** Schedules, clipping, AdamW and moving averages against the published training code. */
@Tag("parity")
class ScheduleParityTest {

  @Test
  void multipliersEqualDetectron2s() {
    try (Fixture fixture = Fixtures.open("schedule/lr_multiplier")) {
      Json schedules = fixture.json().get("schedules");
      for (String name : schedules.keys()) {
        Json settings = schedules.get(name);
        LearningRateSchedule schedule = schedule(settings);
        long steps = settings.get("max_iter").longInteger();
        long[] iterations = fixture.tensor(name + ".iteration").longs();
        double[] expected = fixture.doubles(name + ".multiplier");
        for (int i = 0; i < expected.length; i++) {
          double actual = schedule.multiplier(iterations[i], steps);
          Close.check(name + " at iteration " + iterations[i], expected[i], actual, 1e-12);
        }
      }
    }
  }

  /** The last milestone is the end of the run unless the number of updates is given. */
  private static LearningRateSchedule schedule(Json settings) {
    List<Double> values = new ArrayList<>();
    for (double value : settings.get("values").numbers()) {
      values.add(value);
    }
    List<Long> milestones = new ArrayList<>();
    for (int milestone : settings.get("milestones").integers()) {
      milestones.add((long) milestone);
    }
    long updates =
        settings.has("num_updates")
            ? settings.get("num_updates").longInteger()
            : milestones.removeLast();
    return LearningRateSchedule.multiStep(values, milestones, updates)
        .withWarmup(
            settings.get("warmup_length").number(),
            settings.get("warmup_factor").number(),
            LearningRateSchedule.Warmup.valueOf(settings.get("method").text().toUpperCase()),
            settings.get("rescale").bool());
  }

  @Test
  void clippingEqualsPyTorchs() {
    try (Fixture fixture = Fixtures.open("schedule/grad_clip")) {
      for (String name : fixture.caseNames()) {
        Json settings = fixture.json().get("cases").get(name);
        List<Variable> variables = new ArrayList<>();
        for (int k = 0; k < settings.get("shapes").size(); k++) {
          Variable variable = Variable.leaf(Tensor.zeros(settings.get("shapes").get(k).integers()));
          if (fixture.has(name + ".in." + k)) {
            LeafGradients.give(variable, fixture.tensor(name + ".in." + k));
          }
          variables.add(variable);
        }
        GradientClipping.Measured measured =
            new GradientClipping(settings.get("max_norm").number(), norm(settings)).clip(variables);
        if (settings.get("total_norm").raw() instanceof Number norm) {
          Close.check(name + " norm", norm.doubleValue(), measured.norm(), 1e-6);
        } else {
          assertThat(measured.norm()).as(name).isNotFinite();
        }
        for (int k = 0; k < variables.size(); k++) {
          if (fixture.has(name + ".out." + k)) {
            Tensor expected = fixture.tensor(name + ".out." + k);
            Close.check(name + ".out." + k, expected, variables.get(k).grad(), 1e-6, 0);
          } else {
            assertThat(variables.get(k).grad()).as(name + " " + k).isNull();
          }
        }
      }
    }
  }

  private static GradientClipping.Norm norm(Json settings) {
    return switch (settings.get("norm_type").text()) {
      case "1.0" -> GradientClipping.Norm.L1;
      case "2.0" -> GradientClipping.Norm.L2;
      default -> GradientClipping.Norm.MAX;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"adamw", "adamw_clip", "adamw_no_decay_betas"})
  void adamWEqualsPyTorchs(String name) {
    try (Fixture fixture = Fixtures.open("schedule/" + name)) {
      Json settings = fixture.json();
      Map<String, Parameter> parameters = new LinkedHashMap<>();
      fixture.withPrefix("initial.").forEach((path, t) -> parameters.put(path, new Parameter(t)));
      double[] betas = settings.get("betas").numbers();
      AdamW optimizer =
          new AdamW(
              groups(settings, parameters),
              (float) betas[0],
              (float) betas[1],
              (float) settings.get("eps").number());
      for (int step = 0; step < settings.get("steps").integer(); step++) {
        String prefix = "step" + step;
        parameters.values().forEach(Variable::clearGrad);
        fixture
            .withPrefix(prefix + ".grad.")
            .forEach((path, grad) -> LeafGradients.give(parameters.get(path), grad));
        float scale = 1;
        if (settings.has("clip_max_norm")) {
          GradientClipping.Measured measured =
              new GradientClipping(settings.get("clip_max_norm").number())
                  .measure(optimizer.parameters());
          Close.check(
              prefix + " norm",
              settings.get("clip_total_norm").get(step).number(),
              measured.norm(),
              1e-6);
          scale = measured.coefficient();
        }
        optimizer.step(settings.get("multiplier").get(step).number(), scale);
        fixture
            .withPrefix(prefix + ".param.")
            .forEach(
                (path, expected) ->
                    Close.check(
                        prefix + "." + path, expected, parameters.get(path).data(), 0, 5e-6));
      }
      Json counts = settings.get("final_step_count");
      Map<String, Tensor> state = optimizer.state();
      for (String path : counts.keys()) {
        assertThat(state.get(path + ".step").longs())
            .as(path)
            .containsExactly(counts.get(path).longInteger());
      }
      assertThat(state).doesNotContainKey("never.step").doesNotContainKey("frozen.weight.step");
      Close.check("never", fixture.tensor("initial.never"), parameters.get("never").data(), 0, 0);
    }
  }

  private static List<ParameterGroup> groups(Json settings, Map<String, Parameter> parameters) {
    List<ParameterGroup> groups = new ArrayList<>();
    for (Json group : settings.get("groups").list()) {
      Map<String, Parameter> members = new LinkedHashMap<>();
      for (Json path : group.get("parameters").list()) {
        members.put(path.text(), parameters.get(path.text()));
      }
      groups.add(
          new ParameterGroup(
              group.get("lr").number(), group.get("weight_decay").number(), members));
    }
    return groups;
  }

  @ParameterizedTest
  @ValueSource(strings = {"ema_0.9", "ema_0.999"})
  void movingAverageEqualsThePublishedOne(String name) {
    try (Fixture fixture = Fixtures.open("schedule/" + name)) {
      Json settings = fixture.json();
      Holder model = new Holder(fixture.withPrefix("initial."));
      ExponentialMovingAverage ema =
          new ExponentialMovingAverage(model, settings.get("decay").number());
      Map<String, Tensor> state = model.stateDict();
      for (int step = 0; step < settings.get("steps").integer(); step++) {
        String prefix = "step" + step;
        fixture
            .withPrefix(prefix + ".model.")
            .forEach((path, value) -> state.get(path).copyFrom(value));
        ema.update();
        Map<String, Tensor> expected = fixture.withPrefix(prefix + ".ema.");
        assertThat(ema.state().keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach(
            (path, want) -> {
              Tensor got = ema.state().get(path);
              if (path.endsWith("num_batches_tracked")) {
                assertThat(got.longs()).as(prefix + "." + path).isEqualTo(want.longs());
              } else {
                Close.check(prefix + "." + path, want, got, 0, 1e-6);
              }
            });
      }
    }
  }

  /** A module with the given state and nothing to compute. */
  private static final class Holder extends Module {
    Holder(Map<String, Tensor> state) {
      state.forEach(this::buffer);
    }
  }
}
