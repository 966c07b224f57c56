package org.stabledino.bench.peers;

import java.util.function.Supplier;

/**
 * One implementation of an op with its own copy of the operands.
 *
 * @param name of the library, and of the layout where it matters
 * @param call computes once
 * @param result what the last call computed, in our layout; asked for once, outside of timing
 */
public record Contestant(String name, Runnable call, Supplier<float[]> result) {

  /** What our own side is called. */
  public static final String JAVA = "Java";
}
