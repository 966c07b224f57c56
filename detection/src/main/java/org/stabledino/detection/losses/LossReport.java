package org.stabledino.detection.losses;

import java.util.List;
import java.util.Map;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.matching.Matching;

/**
 * The losses of one batch.
 *
 * @param total the weighted sum, a scalar to start the backward pass from
 * @param values each loss by its key ({@code loss_class}, {@code loss_bbox}, {@code loss_giou},
 *     followed by nothing for the last layer, {@code _0} and so on for the layers before, {@code
 *     _enc}, {@code _dn} or {@code _dn_0} and so on), unweighted
 * @param weights the weight of each
 * @param matchings for each image: the matching at the encoder (if it has a head), at the first
 *     decoder layer, and so on to the last
 */
public record LossReport(
    Variable total,
    Map<String, Double> values,
    Map<String, Double> weights,
    List<List<Matching>> matchings) {}
