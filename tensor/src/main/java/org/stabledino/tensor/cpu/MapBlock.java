package org.stabledino.tensor.cpu;

import java.util.Arrays;
import org.stabledino.tensor.cpu.Workspace.Slot;

/**
 * Lines of a feature map [H, W, C] with zeros around it, as a stretch of an array in which a
 * window's line is contiguous: the map itself where the windows stay inside, else a copy in the
 * caches, in the thread's {@link Workspace}.
 */
final class MapBlock {
  private final float[] map;
  private final int height;
  private final int width;
  private final int channels;
  private final int top;
  private final int left;
  private final int columns;
  private final boolean inside;
  private float[] copy;
  private int offset;

  /**
   * The lines of maps of one size.
   *
   * @param map the array of the maps
   * @param top zeros above; may be negative
   * @param left zeros to the left; may be negative
   * @param rows lines that windows reach, counted from the first zeros
   * @param columns positions of a line that windows reach
   */
  MapBlock(
      float[] map, int height, int width, int channels, int top, int left, int rows, int columns) {
    this.map = map;
    this.height = height;
    this.width = width;
    this.channels = channels;
    this.top = top;
    this.left = left;
    inside = top <= 0 && left <= 0 && rows - top <= height && columns - left <= width;
    this.columns = inside ? width : columns;
  }

  /** Moves to lines {@code first} to {@code first + rows} of the map that starts at {@code at}. */
  void load(int at, int first, int rows) {
    if (inside) {
      offset = at + ((first - top) * width - left) * channels;
      return;
    }
    int line = columns * channels;
    copy = Workspace.mine().floats(Slot.MAP_LINES, rows * line);
    int from = Math.clamp(left, 0, columns);
    int to = Math.clamp(left + (long) width, from, columns);
    for (int row = 0; row < rows; row++) {
      int y = first + row - top;
      int start = row * line;
      if (y < 0 || y >= height || from == to) {
        Arrays.fill(copy, start, start + line, 0f);
      } else {
        Arrays.fill(copy, start, start + from * channels, 0f);
        System.arraycopy(
            map,
            at + (y * width + from - left) * channels,
            copy,
            start + from * channels,
            (to - from) * channels);
        Arrays.fill(copy, start + to * channels, start + line, 0f);
      }
    }
  }

  /** The array that holds the lines. */
  float[] array() {
    return inside ? map : copy;
  }

  /** Where the first line starts. */
  int offset() {
    return inside ? offset : 0;
  }

  /** The distance of lines. */
  int line() {
    return columns * channels;
  }
}
