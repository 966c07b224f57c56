package org.stabledino.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.stabledino.autograd.Checkpointing;
import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;
import org.stabledino.tensor.profile.ProfileNode;
import org.stabledino.tensor.profile.ProfileNode.Kind;

/** Kernels of both passes are charged to the module that caused them. */
class ModuleProfileTest {
  private static final String FORWARD = "forward";
  private static final String BACKWARD = "backward";

  private final Mlp mlp = new Mlp(3, 5, 2, 2);

  ModuleProfileTest() {
    mlp.initialize(Rng.of(1));
  }

  /** The gradient of the first layer's matrix, by a pass that a profile may watch. */
  private float[] step(Supplier<Variable> forward) {
    try (Scope _ = Scope.open()) {
      Variable loss;
      try (Profile.Visit _ = Profile.phase(FORWARD)) {
        loss = Ops.sum(forward.get());
      }
      try (Profile.Visit _ = Profile.phase(BACKWARD)) {
        loss.backward();
      }
    }
    Parameter weight = mlp.namedParameters().get("layers.0.weight");
    float[] grad = Arrays.copyOf(weight.grad().floats(), 15);
    mlp.clearGrad();
    return grad;
  }

  private Variable output() {
    float[] x = {1, -2, 3, 0.5f, 2, -1, 0.25f, 1, -3, 2, 0.75f, -0.5f};
    return mlp.forward(Variable.constant(Tensor.of(x, 4, 3)));
  }

  private Map<String, Long> kernels(Profile profile) {
    Map<String, Long> calls = new TreeMap<>();
    collect(profile.root(), "", calls);
    return calls;
  }

  private static void collect(ProfileNode node, String path, Map<String, Long> calls) {
    if (node.kind() == Kind.KERNEL) {
      calls.put(path, node.calls());
    }
    node.children().forEach(child -> collect(child, path + "/" + child.name(), calls));
  }

  @Test
  void callsAreAsManyAsTheModelNeeds() {
    Profile profile = new Profile(mlp.paths());
    float[] plain = step(this::output);
    float[] watched;
    try (Profile.Recording _ = profile.record()) {
      watched = step(this::output);
    }
    assertThat(watched).containsExactly(plain);
    Map<String, Long> calls = kernels(profile);
    assertThat(calls)
        .containsEntry("/forward/layers/0/Linear/gemm", 1L)
        .containsEntry("/forward/layers/1/Linear/gemm", 1L)
        .containsEntry("/forward/Sum/sumTo", 1L)
        // The input of the first layer is data: it gets no gradient.
        .containsEntry("/backward/layers/0/Linear/gemm", 1L)
        .containsEntry("/backward/layers/1/Linear/gemm", 2L);
    assertThat(calls.keySet()).allMatch(path -> path.matches("/(forward|backward)/.*"));
  }

  @Test
  void sectionsThatAreComputedAgainAppearInTheBackwardPass() {
    Profile profile = new Profile(mlp.paths());
    try (Profile.Recording _ = profile.record();
        Checkpointing _ = Checkpointing.on()) {
      step(() -> GradMode.section(this::output));
    }
    assertThat(kernels(profile))
        .containsEntry("/forward/layers/0/Linear/gemm", 1L)
        .containsEntry("/backward/layers/0/Linear/gemm", 2L)
        .containsEntry("/backward/layers/1/Linear/gemm", 3L);
  }

  @Test
  void aGraphFromBeforeTheRecordingIsChargedToThePhase() {
    try (Scope _ = Scope.open()) {
      Variable loss = Ops.sum(output());
      Profile profile = new Profile(mlp.paths());
      try (Profile.Recording _ = profile.record();
          Profile.Visit _ = Profile.phase(BACKWARD)) {
        loss.backward();
      }
      mlp.clearGrad();
      assertThat(kernels(profile)).containsKey("/backward/gemm");
    }
  }
}
