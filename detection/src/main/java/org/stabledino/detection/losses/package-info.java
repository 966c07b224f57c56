/**
 * The losses: focal and position-supervised for classes, L1 and GIoU for boxes, and the criterion
 * that applies them to every head.
 */
package org.stabledino.detection.losses;
