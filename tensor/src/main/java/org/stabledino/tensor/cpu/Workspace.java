package org.stabledino.tensor.cpu;

/**
 * Buffers that a thread keeps for its own use inside one task, so that kernels called a thousand
 * times a step allocate nothing.
 *
 * <p>A slot is a small number; whoever takes a slot twice within a task gets the same memory twice.
 */
final class Workspace {
  /** The slot of {@link Product}, which all others leave alone. */
  static final int EDGE = 15;

  private static final int SLOTS = 16;
  private static final ThreadLocal<Workspace> MINE = ThreadLocal.withInitial(Workspace::new);

  private final float[][] floats = new float[SLOTS][0];
  private final int[][] ints = new int[SLOTS][0];

  private Workspace() {}

  /** The buffers of this thread. */
  static Workspace mine() {
    return MINE.get();
  }

  /** At least {@code length} floats of undefined content. */
  float[] floats(int slot, int length) {
    if (floats[slot].length < length) {
      floats[slot] = new float[length + length / 4];
    }
    return floats[slot];
  }

  /** At least {@code length} ints of undefined content. */
  int[] ints(int slot, int length) {
    if (ints[slot].length < length) {
      ints[slot] = new int[length + length / 4];
    }
    return ints[slot];
  }

  /** The multiples of a step, from 0, such as the starts of a matrix's rows. */
  int[] steps(int slot, int count, int step) {
    int[] steps = ints(slot, count);
    for (int i = 0; i < count; i++) {
      steps[i] = i * step;
    }
    return steps;
  }
}
