package org.stabledino.bench.peers;

import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Pairs that share a JVM. Libraries with the same symbols must not meet: libtorch brings its own
 * oneDNN.
 */
enum Fork {
  /** OpenBLAS and oneDNN. */
  BLAS(GemmPairs::all),
  /** libtorch, op by op. */
  TORCH(
      () ->
          Stream.of(
                  ConvolutionPairs.all(),
                  DeformablePairs.all(),
                  AttentionPairs.all(),
                  RowPairs.all(),
                  ElementwisePairs.all(),
                  OptimizerPairs.all())
              .flatMap(Function.identity())),
  /** Whole networks: a large heap, all threads only. */
  MODEL(ModelPairs::all, "-Xmx8g", "-Xmn128m");

  private final Supplier<Stream<Candidate>> candidates;
  private final List<String> flags;

  Fork(Supplier<Stream<Candidate>> candidates, String... flags) {
    this.candidates = candidates;
    this.flags = List.of(flags);
  }

  /** Flags of its JVM beyond the product's. */
  List<String> flags() {
    return flags;
  }

  Stream<Candidate> candidates() {
    return candidates.get();
  }
}
