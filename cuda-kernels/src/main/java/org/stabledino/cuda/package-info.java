/** The CUDA backend. */
package org.stabledino.cuda;
