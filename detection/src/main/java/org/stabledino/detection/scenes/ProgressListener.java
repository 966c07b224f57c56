package org.stabledino.detection.scenes;

/** Hears how many scenes are written. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called after every scene, from the thread that wrote it, never from two at a time.
   *
   * @param done scenes written so far
   * @param total scenes to write
   */
  void progress(int done, int total);
}
