/**
 * Differentiable ops, one a file, forward above backward; {@link org.stabledino.autograd.ops.Ops}
 * gathers them for static import.
 *
 * <p>An op checks shapes before any kernel runs, allocates its result and calls one or a few
 * kernels of the {@link org.stabledino.tensor.Backend} on which its inputs live.
 */
package org.stabledino.autograd.ops;
