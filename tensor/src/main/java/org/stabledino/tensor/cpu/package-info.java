/** The CPU backend: pooled Java arrays, Vector API kernels and a scalar fallback. */
package org.stabledino.tensor.cpu;
