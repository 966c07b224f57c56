/**
 * Reads Python pickles as data: a fixed list of instructions and of names is understood, everything
 * else is refused, and nothing is ever executed.
 */
package org.stabledino.nn.io.pickle;
