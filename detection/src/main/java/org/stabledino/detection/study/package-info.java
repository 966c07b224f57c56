/**
 * Looks at how stable a trained detector's matching is: over a data set ({@link
 * org.stabledino.detection.study.StabilityAnalysis}) and on one picture ({@link
 * org.stabledino.detection.study.Explanation}).
 */
package org.stabledino.detection.study;
