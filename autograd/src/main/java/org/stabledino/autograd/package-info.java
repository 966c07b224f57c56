/** Variables, functions and the tape. */
package org.stabledino.autograd;
