package org.stabledino.tensor.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.stabledino.tensor.Activation;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels.Window;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels.Binary;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.ProfileNode.Kind;

/** A profile sees every kernel, counts it as its definition does, and changes nothing. */
class ProfileTest {

  private static Backend backend() {
    return Backend.of(Device.CPU);
  }

  private static void gemm(int m, int k, int n) {
    backend()
        .matmul()
        .gemm(
            false,
            false,
            Tensor.zeros(m, k),
            Tensor.zeros(k, n),
            null,
            Activation.NONE,
            false,
            Tensor.zeros(m, n));
  }

  @Test
  void nothingIsInstalledWhereNobodyRecords() {
    Backend before = backend();
    Profile profile = new Profile(Map.of());
    try (Profile.Recording _ = profile.record()) {
      assertThat(backend()).isInstanceOf(ProfiledBackend.class);
    }
    assertThat(backend()).isSameAs(before).isNotInstanceOf(ProfiledBackend.class);
    assertThat(Profile.phase("forward")).isNull();
    assertThat(Profile.module(this)).isNull();
    assertThat(Profile.op("Linear")).isNull();
    assertThat(Profile.site()).isNull();
  }

  @Test
  void placesFollowPhasesModulesAndOps() {
    Object layer = new Object();
    Object stranger = new StringBuilder();
    Profile profile = new Profile(Map.of(layer, "encoder.layers.0."));
    ProfileNode site;
    try (Profile.Recording _ = profile.record()) {
      try (Profile.Visit _ = Profile.phase("forward");
          Profile.Visit _ = Profile.module(stranger);
          Profile.Visit _ = Profile.module(layer);
          Profile.Visit _ = Profile.op("Linear")) {
        site = Profile.site();
        gemm(2, 3, 4);
        gemm(2, 3, 4);
      }
      try (Profile.Visit _ = Profile.phase("backward");
          Profile.Visit _ = Profile.op(site, "Linear")) {
        gemm(2, 3, 4);
      }
      gemm(1, 1, 1);
    }
    assertThat(paths(profile.root(), ""))
        .containsExactly(
            "all x1",
            "all/forward x1",
            "all/forward/StringBuilder x1",
            "all/forward/encoder x0",
            "all/forward/encoder/layers x0",
            "all/forward/encoder/layers/0 x1",
            "all/forward/encoder/layers/0/Linear x1",
            "all/forward/encoder/layers/0/Linear/gemm x2",
            "all/backward x1",
            "all/backward/encoder x0",
            "all/backward/encoder/layers x0",
            "all/backward/encoder/layers/0 x0",
            "all/backward/encoder/layers/0/Linear x1",
            "all/backward/encoder/layers/0/Linear/gemm x1",
            "all/gemm x1");
    assertThat(profile.root().flop()).isEqualTo(3 * 2 * 2 * 3 * 4 + 2);
    assertThat(profile.root().bytes()).isEqualTo(4 * (3 * (6 + 12 + 8) + 3));
  }

  private static List<String> paths(ProfileNode node, String prefix) {
    String path = prefix + node.name();
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(path + " x" + node.calls()),
            node.children().stream().flatMap(child -> paths(child, path + "/").stream()))
        .toList();
  }

  @Test
  void partsAddUpToTheWholeAndTheWholeIsTheWallClock() throws InterruptedException {
    Profile profile = new Profile(Map.of());
    long start = System.nanoTime();
    try (Profile.Recording _ = profile.record()) {
      for (String phase : List.of("a", "b", "a")) {
        try (Profile.Visit _ = Profile.phase(phase)) {
          Thread.sleep(5);
          gemm(40, 40, 40);
        }
      }
    }
    long wall = System.nanoTime() - start;
    ProfileNode root = profile.root();
    assertThat(root.nanos()).isBetween(15_000_000L, wall);
    assertThat(own(root)).isEqualTo(root.nanos());
    assertThat(root.children()).extracting(ProfileNode::name).containsExactly("a", "b");
    assertThat(root.children().iterator().next().nanos()).isGreaterThanOrEqualTo(10_000_000L);
  }

  private static long own(ProfileNode node) {
    return node.ownNanos() + node.children().stream().mapToLong(ProfileTest::own).sum();
  }

  @Test
  void recordingsAddUp() {
    Profile profile = new Profile(Map.of());
    for (int i = 0; i < 3; i++) {
      try (Profile.Recording _ = profile.record()) {
        gemm(2, 2, 2);
      }
      gemm(2, 2, 2);
    }
    assertThat(profile.root().calls()).isEqualTo(3);
    assertThat(profile.root().children().iterator().next().calls()).isEqualTo(3);
  }

  @Test
  void otherThreadsAreNotSeen() throws InterruptedException {
    Profile profile = new Profile(Map.of());
    try (Profile.Recording _ = profile.record()) {
      Thread other =
          new Thread(
              () -> {
                gemm(2, 2, 2);
                assertThat(Profile.phase("elsewhere")).isNull();
              });
      other.start();
      other.join();
    }
    assertThat(profile.root().children()).isEmpty();
  }

  @Test
  void twoRecordingsAtATimeAreRefused() {
    Profile profile = new Profile(Map.of());
    try (Profile.Recording _ = profile.record()) {
      assertThatThrownBy(profile::record).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aKernelThatRefusesItsArgumentsThrowsAsEver() {
    Profile profile = new Profile(Map.of());
    try (Profile.Recording _ = profile.record()) {
      Tensor x = Tensor.zeros(2, 3);
      assertThatThrownBy(() -> backend().elementwise().binary(Binary.ADD, x, x, Tensor.zeros(5)))
          .isInstanceOf(ShapeMismatchException.class);
    }
    assertThat(backend()).isNotInstanceOf(ProfiledBackend.class);
  }

  /**
   * A call and what it must count.
   *
   * @param name the kernel's
   * @param call makes it
   * @param flop its operations
   * @param bytes its traffic
   */
  record Cost(String name, Consumer<Backend> call, double flop, double bytes) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Cost> costs() {
    Window window = new Window(3, 2, 1);
    Levels levels = new Levels(new int[] {2}, new int[] {3});
    return List.of(
        new Cost(
            "gemm",
            b ->
                b.matmul()
                    .gemm(
                        true,
                        true,
                        Tensor.zeros(5, 2),
                        Tensor.zeros(3, 5),
                        null,
                        Activation.NONE,
                        false,
                        Tensor.zeros(2, 3)),
            2 * 2 * 3 * 5,
            4 * (10 + 15 + 6)),
        new Cost(
            "batchedGemm",
            b ->
                b.matmul()
                    .batchedGemm(
                        false,
                        false,
                        1,
                        Tensor.zeros(7, 2, 5),
                        Tensor.zeros(7, 5, 3),
                        Tensor.zeros(7, 2, 3)),
            7 * 2 * 2 * 3 * 5,
            4 * 7 * (10 + 15 + 6)),
        new Cost(
            "conv2d",
            b ->
                b.convolution()
                    .conv2d(
                        Tensor.zeros(1, 4, 6, 5),
                        Tensor.zeros(7, 5, 3, 3),
                        null,
                        window,
                        Activation.NONE,
                        Tensor.zeros(1, 2, 3, 7)),
            2 * 2 * 3 * 7 * 5 * 9,
            4 * (120 + 315 + 42)),
        new Cost(
            "conv2dBackwardInput",
            b ->
                b.convolution()
                    .conv2dBackwardInput(
                        Tensor.zeros(1, 2, 3, 7),
                        Tensor.zeros(7, 5, 3, 3),
                        window,
                        Tensor.zeros(1, 4, 6, 5)),
            2 * 2 * 3 * 7 * 5 * 9,
            4 * (120 + 315 + 42)),
        new Cost(
            "conv2dBackwardWeight",
            b ->
                b.convolution()
                    .conv2dBackwardWeight(
                        Tensor.zeros(1, 2, 3, 7),
                        Tensor.zeros(1, 4, 6, 5),
                        window,
                        Tensor.zeros(7, 5, 3, 3)),
            2 * 2 * 3 * 7 * 5 * 9,
            4 * (120 + 315 + 42)),
        new Cost(
            "attention",
            b ->
                b.attention()
                    .attention(
                        Tensor.zeros(2, 3, 8),
                        Tensor.zeros(2, 5, 8),
                        Tensor.zeros(2, 5, 8),
                        2,
                        1,
                        Mask.NONE,
                        Tensor.zeros(2, 3, 8),
                        null),
            2 * 2 * 2 * 3 * 5 * 8,
            4 * (48 + 80 + 80 + 48)),
        new Cost(
            "deformableAttention",
            b ->
                b.attention()
                    .deformableAttention(
                        Tensor.zeros(1, 6, 2, 4),
                        levels,
                        Tensor.zeros(1, 3, 2, 1, 5, 2),
                        Tensor.zeros(1, 3, 2, 1, 5),
                        Tensor.zeros(1, 3, 8)),
            8 * 30 * 4,
            4 * (48 + 60 + 30 + 24)),
        new Cost(
            "copyBlock",
            b -> b.indexing().copyBlock(Tensor.zeros(4, 5), 1, 1, 2, Tensor.zeros(4, 9), 3),
            0,
            2 * 4 * 8),
        new Cost("fill", b -> b.elementwise().fill(Tensor.zeros(3), 1), 0, 12),
        new Cost(
            "binary",
            b ->
                b.elementwise()
                    .binary(Binary.ADD, Tensor.zeros(3, 4), Tensor.zeros(4), Tensor.zeros(3, 4)),
            12,
            4 * (12 + 4 + 12)));
  }

  @ParameterizedTest
  @MethodSource("costs")
  void countsWhatTheDefinitionAsksFor(Cost cost) {
    Profile profile = new Profile(Map.of());
    try (Profile.Recording _ = profile.record()) {
      cost.call().accept(backend());
    }
    ProfileNode kernel = profile.root().children().iterator().next();
    assertThat(kernel.kind()).isEqualTo(Kind.KERNEL);
    assertThat(kernel.name()).isEqualTo(cost.name());
    assertThat(kernel.flop()).isCloseTo(cost.flop(), within(1e-9));
    assertThat(kernel.bytes()).isCloseTo(cost.bytes(), within(1e-9));
  }
}
