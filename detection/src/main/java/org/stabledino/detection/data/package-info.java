/**
 * Everything between a COCO folder and an augmented image with its boxes: reading, decoding,
 * resizing, augmenting, shuffling and prefetching, on plain arrays.
 */
package org.stabledino.detection.data;
