package org.stabledino.detection.scenes;

import java.util.List;

/**
 * A rendered picture and what it shows.
 *
 * @param size width and height, pixels
 * @param pixels size x size x 3 bytes, row by row, red before green before blue
 * @param objects what it shows, the hindmost first; empty for an empty scene
 */
public record Scene(int size, byte[] pixels, List<SceneObject> objects) {}
