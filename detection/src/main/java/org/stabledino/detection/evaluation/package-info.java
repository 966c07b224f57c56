/**
 * COCO evaluation: the result list, the evaluator and its twelve figures, equal to pycocotools on
 * the recorded cases.
 */
package org.stabledino.detection.evaluation;
