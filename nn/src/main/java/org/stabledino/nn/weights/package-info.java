/** Published weights: whose names they bear, how they fit a model, and what became of each. */
package org.stabledino.nn.weights;
