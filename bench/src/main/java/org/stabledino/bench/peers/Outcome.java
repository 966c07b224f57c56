package org.stabledino.bench.peers;

import java.io.Serializable;

/**
 * What became of a pair in a fork.
 *
 * @param comparison its times; null if it failed
 * @param failure why there are none, such as results that differ; null if all is well
 */
public record Outcome(Comparison comparison, String failure) implements Serializable {}
