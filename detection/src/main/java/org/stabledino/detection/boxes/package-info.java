/**
 * Boxes: their two forms, and the ground truth of an image.
 *
 * <p>A box is (cx, cy, w, h) in fractions of the image's size without padding, unless a name says
 * {@code xyxy}.
 */
package org.stabledino.detection.boxes;
