/** Matching of predictions with ground truths: costs and the assignment of least total cost. */
package org.stabledino.detection.matching;
