/** Benchmarks. */
package org.stabledino.bench;
