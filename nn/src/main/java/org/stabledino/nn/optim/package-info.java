/** AdamW, gradient clipping, learning-rate schedules and moving averages of weights. */
package org.stabledino.nn.optim;
