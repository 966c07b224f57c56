package org.stabledino.detection.evaluation;

/**
 * A category as the evaluator needs it.
 *
 * @param id the category id; ids may have gaps
 * @param name what the tables print
 */
public record CocoCategory(long id, String name) {}
