package org.stabledino.tensor.cpu;

/**
 * The transforms of {@link Winograd}, for all channels of one tile. Channels are neighbours; each
 * method takes whole vectors of them, so that their number is a multiple of the narrowest tile of
 * {@link TileLoops}.
 */
interface WinogradLoops {

  /**
   * {@code v = B^T d B} of a window of 6 x 6 positions.
   *
   * @param d the map; the window's first position is at {@code dAt}
   * @param line from one line of the map to the next
   * @param step from one position to the next
   * @param packed whether the result is a packed row, as {@link TileLoops#packedAt} says
   * @param v where element s of the result goes: {@code vAt + s * slice}
   */
  void input(
      float[] d,
      int dAt,
      int line,
      int step,
      int channels,
      boolean packed,
      float[] v,
      int vAt,
      int slice);

  /**
   * {@code u = G g G^T} of 3 x 3 weights.
   *
   * @param g the weights, tap t at {@code gAt + t * step}
   * @param u where element s of the result goes: {@code uAt + s * slice}
   */
  void filter(float[] g, int gAt, int step, int outputs, float[] u, int uAt, int slice);

  /**
   * {@code y = max(A^T m A + bias, least)}: 4 x 4 results.
   *
   * @param m the products, element s at {@code mAt + s * slice}
   * @param bias one an output, from {@code biasAt}
   * @param least 0 for ReLU, else minus infinity
   * @param y where the results go, the first at {@code yAt}
   * @param line from one line of results to the next
   * @param step from one position to the next
   */
  void output(
      float[] m,
      int mAt,
      int slice,
      float[] bias,
      int biasAt,
      float least,
      int outputs,
      float[] y,
      int yAt,
      int line,
      int step);
}
