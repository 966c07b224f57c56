package org.stabledino.detection.engine;

import java.util.Map;
import org.stabledino.detection.matching.UnstableScore;

/**
 * What one optimiser step measured.
 *
 * @param step the steps done, this one included
 * @param total the weighted sum of all losses
 * @param losses each loss by its key, unweighted
 * @param gradientNorm joint norm before clipping
 * @param learningRate of everything but the backbone
 * @param unstable which targets changed their query between adjacent heads
 */
record StepResult(
    long step,
    double total,
    Map<String, Double> losses,
    double gradientNorm,
    double learningRate,
    UnstableScore unstable) {}
