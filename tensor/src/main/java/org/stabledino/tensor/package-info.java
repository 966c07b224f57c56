/** Tensors, their storage and scopes, and the backend seam. */
package org.stabledino.tensor;
