package org.stabledino.detection.data;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * An outline, in several pieces where the object is partly hidden.
 *
 * <p>COCO's files give two decimals, so most coordinates are whole hundredths of a pixel: they are
 * kept as differences to the point before, in groups of seven bits, about a fifth of the memory of
 * doubles. Whatever does not fit this exactly is kept as doubles. Either way the numbers come back
 * bit for bit.
 */
public final class Polygons implements Segmentation {
  private static final double UNITS = 100;

  /** Beyond this, hundredths are no longer exact in a double. */
  private static final double LIMIT = 1e12;

  private final byte[] packed;
  private final boolean hundredths;
  private final boolean anyValid;

  private Polygons(byte[] packed, boolean hundredths, boolean anyValid) {
    this.packed = packed;
    this.hundredths = hundredths;
    this.anyValid = anyValid;
  }

  /**
   * Packs an outline.
   *
   * @param rings per piece the points x0, y0, x1, y1, … in pixels; as in the file, also where a
   *     piece is invalid
   * @return the outline
   */
  public static Polygons of(double[]... rings) {
    boolean valid = false;
    boolean hundredths = true;
    int room = 5;
    for (double[] ring : rings) {
      valid |= isValid(ring);
      room += 5;
      for (double value : ring) {
        hundredths &= isHundredths(value);
      }
    }
    for (double[] ring : rings) {
      room += ring.length * (hundredths ? 7 : Double.BYTES);
    }
    ByteBuffer out = ByteBuffer.allocate(room);
    writeVariable(out, rings.length);
    for (double[] ring : rings) {
      writeVariable(out, ring.length);
      for (int i = 0; i < ring.length; i++) {
        if (hundredths) {
          long before = i < 2 ? 0 : Math.round(ring[i - 2] * UNITS);
          long step = Math.round(ring[i] * UNITS) - before;
          writeVariable(out, step << 1 ^ step >> 63);
        } else {
          out.putDouble(ring[i]);
        }
      }
    }
    byte[] packed = new byte[out.position()];
    out.flip().get(packed);
    return new Polygons(packed, hundredths, valid);
  }

  private static boolean isHundredths(double value) {
    return Math.abs(value) < LIMIT && Double.compare(Math.round(value * UNITS) / UNITS, value) == 0;
  }

  private static boolean isValid(double[] ring) {
    return ring.length >= 6 && ring.length % 2 == 0;
  }

  private static void writeVariable(ByteBuffer out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  private static long readVariable(ByteBuffer in) {
    long value = 0;
    int shift = 0;
    byte group;
    do {
      group = in.get();
      value |= (long) (group & 0x7F) << shift;
      shift += 7;
    } while (group < 0);
    return value;
  }

  /**
   * The pieces, unpacked anew at each call.
   *
   * @return per piece the points x0, y0, x1, y1, … in pixels, as given
   */
  public double[][] rings() {
    ByteBuffer in = ByteBuffer.wrap(packed);
    double[][] rings = new double[(int) readVariable(in)][];
    for (int r = 0; r < rings.length; r++) {
      double[] ring = new double[(int) readVariable(in)];
      long x = 0;
      long y = 0;
      for (int i = 0; i < ring.length; i++) {
        if (hundredths) {
          long code = readVariable(in);
          long value = (i % 2 == 0 ? x : y) + (code >>> 1 ^ -(code & 1));
          ring[i] = value / UNITS;
          x = i % 2 == 0 ? value : x;
          y = i % 2 == 0 ? y : value;
        } else {
          ring[i] = in.getDouble();
        }
      }
      rings[r] = ring;
    }
    return rings;
  }

  /**
   * The pieces that enclose something.
   *
   * @return those of {@link #rings} with at least three whole points
   */
  public List<double[]> validRings() {
    return Arrays.stream(rings()).filter(Polygons::isValid).toList();
  }

  /**
   * Whether any piece encloses something. The reference drops annotations where none does, also
   * when only boxes are learnt.
   *
   * @return true where a piece has at least three whole points
   */
  public boolean anyValid() {
    return anyValid;
  }
}
