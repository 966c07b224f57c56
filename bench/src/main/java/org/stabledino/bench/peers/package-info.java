/**
 * Comparison with native libraries: what is compared, how it is timed, and how results are told.
 *
 * <p>The libraries themselves are not here. What calls them is in {@code bench/src/peers}, which
 * only the Maven profile {@code peers} compiles, into the same package.
 */
package org.stabledino.bench.peers;
