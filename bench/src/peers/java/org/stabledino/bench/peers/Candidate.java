package org.stabledino.bench.peers;

import java.util.function.Supplier;

/**
 * A pair that may be asked for; its operands exist from then on.
 *
 * @param op as in {@link Pair}
 * @param shape as in {@link Pair}
 * @param pair makes it
 */
record Candidate(String op, String shape, Supplier<Pair> pair) {
  String name() {
    return op + " " + shape;
  }
}
