/**
 * Benchmarks of every hot path at the model's own shapes; {@code bench/README.md} explains each.
 *
 * <p>A benchmark is one class with a {@code @Param} that lists named shapes, smallest first, and a
 * {@link org.stabledino.bench.Workload} that says how much arithmetic or traffic a call is.
 */
package org.stabledino.bench;
