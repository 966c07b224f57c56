package org.stabledino.bench.peers;

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
              .flatMap(Function.identity()));

  private final Supplier<Stream<Candidate>> candidates;

  Fork(Supplier<Stream<Candidate>> candidates) {
    this.candidates = candidates;
  }

  Stream<Candidate> candidates() {
    return candidates.get();
  }
}
