/** Checks that a backward pass computes the derivative of its forward pass. */
package org.stabledino.autograd.check;
