/**
 * Rendered scenes with exact boxes: the data set of the demo.
 *
 * <p>Every scene is a function of (seed, split, index) alone. {@link
 * org.stabledino.detection.scenes.SceneRenderer} makes one in memory, {@link
 * org.stabledino.detection.scenes.SceneDataset} writes many as a COCO-format folder. The way of a
 * scene: {@link org.stabledino.detection.scenes.SceneRandom} draws, {@code Backdrop} paints the
 * ground, {@code ShapeFactory} draws an {@code Outline}, {@code Stamp} rasterises it, {@code
 * Canvas} keeps what stays visible, and the annotations are read off the visible pixels.
 */
package org.stabledino.detection.scenes;
