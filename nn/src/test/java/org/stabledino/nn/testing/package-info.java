/**
 * Reads recorded numbers and compares tensors with them; shared with the detection module's tests.
 */
package org.stabledino.nn.testing;
