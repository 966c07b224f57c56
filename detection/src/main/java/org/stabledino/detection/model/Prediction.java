package org.stabledino.detection.model;

import org.stabledino.autograd.Variable;

/**
 * What one head says.
 *
 * @param logits of the classes, shape [B, N, K]
 * @param boxes (cx, cy, w, h) in 0..1 of the image without padding, shape [B, N, 4]
 */
public record Prediction(Variable logits, Variable boxes) {}
