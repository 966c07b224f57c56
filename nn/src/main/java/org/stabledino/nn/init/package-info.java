/** Initial values of parameters, and the random numbers they come from. */
package org.stabledino.nn.init;
