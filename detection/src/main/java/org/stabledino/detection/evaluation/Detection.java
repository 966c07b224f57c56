package org.stabledino.detection.evaluation;

/**
 * One entry of a COCO result list.
 *
 * @param imageId the image it was found in
 * @param categoryId the category that was found (a category id, not a class index)
 * @param x left edge in pixels of the original image
 * @param y top edge in pixels of the original image
 * @param width width in pixels
 * @param height height in pixels
 * @param score the confidence; only its order matters
 */
public record Detection(
    long imageId, long categoryId, double x, double y, double width, double height, double score) {}
