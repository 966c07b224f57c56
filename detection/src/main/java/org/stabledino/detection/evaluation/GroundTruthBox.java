package org.stabledino.detection.evaluation;

/**
 * One annotation of the ground truth, as the evaluator needs it.
 *
 * @param id the annotation id
 * @param imageId the image it belongs to
 * @param categoryId the category it shows
 * @param x left edge in pixels
 * @param y top edge in pixels
 * @param width width in pixels
 * @param height height in pixels
 * @param area the annotated area in square pixels, which decides between small, medium and large;
 *     for annotations with a mask it is the area of the mask, not of the box
 * @param crowd whether it covers a group of objects; such a region is ignored, and any part of it
 *     may absorb detections
 */
public record GroundTruthBox(
    long id,
    long imageId,
    long categoryId,
    double x,
    double y,
    double width,
    double height,
    double area,
    boolean crowd) {}
