package org.stabledino.detection.scenes;

/**
 * One annotation of a scene, read off the visible pixels.
 *
 * @param kind the class
 * @param x left edge of the box, pixels
 * @param y upper edge of the box, pixels
 * @param width width of the box, pixels
 * @param height height of the box, pixels
 * @param area visible pixels
 * @param visibleFraction visible pixels over all pixels of the shape, those beyond the image's edge
 *     included
 * @param crowd whether it stands for many small objects at once
 * @param segmentation the visible mask
 */
public record SceneObject(
    ShapeClass kind,
    int x,
    int y,
    int width,
    int height,
    int area,
    double visibleFraction,
    boolean crowd,
    Segmentation segmentation) {}
