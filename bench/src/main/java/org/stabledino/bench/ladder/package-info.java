/**
 * Kernels from their definition to the product's form, rung by rung, to be read from top to bottom;
 * {@code docs/performance.md} tells their story with the figures of a machine.
 *
 * <p>A ladder is one benchmark class, its methods in order the rungs; the comment above a rung says
 * what changes, why that helps, and what limits it now. All rungs of a ladder give the same
 * numbers, which {@code LaddersTest} checks. Rungs use one thread, the last one, the product, all.
 * {@code ./stable-dino bench ladder} measures them.
 */
package org.stabledino.bench.ladder;
