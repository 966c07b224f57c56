package org.stabledino.nn.io.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A file read forwards; no access leaves it. */
final class PickleInput {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** Longer names of modules and classes do not exist. */
  private static final int MAX_WORD = 1000;

  private final MemorySegment bytes;
  private long position;

  PickleInput(MemorySegment bytes, long start) {
    this.bytes = bytes;
    this.position = start;
  }

  long position() {
    return position;
  }

  private long advance(long count) {
    long left = bytes.byteSize() - position;
    if (count < 0 || count > left) {
      throw new UnpicklingException(
          "needs %s more bytes where %d are left; the file is truncated or damaged"
              .formatted(Long.toUnsignedString(count), left));
    }
    long from = position;
    position += count;
    return from;
  }

  int u8() {
    return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
  }

  int u16() {
    return bytes.get(SHORT, advance(2)) & 0xffff;
  }

  int i32() {
    return bytes.get(INT, advance(4));
  }

  long u32() {
    return i32() & 0xffffffffL;
  }

  /** Lengths of 64 bits; those above 2^63 are negative and refused by {@link #slice}. */
  long i64() {
    return bytes.get(LONG, advance(8));
  }

  double f64() {
    return bytes.get(DOUBLE, advance(8));
  }

  MemorySegment slice(long length) {
    return bytes.asSlice(advance(length), length);
  }

  /** Skips announced bytes of a frame; the announcement must be true. */
  void requireLeft(long length) {
    long from = advance(length);
    position = from;
  }

  /** Everything up to the end of the line, which is consumed. */
  MemorySegment line() {
    long end = position;
    while (end < bytes.byteSize() && bytes.get(ValueLayout.JAVA_BYTE, end) != '\n') {
      end++;
    }
    if (end == bytes.byteSize()) {
      throw new UnpicklingException("a line has no end; the file is truncated or damaged");
    }
    MemorySegment line = slice(end - position);
    position++;
    return line;
  }

  /** A short line. */
  String word() {
    MemorySegment line = line();
    if (line.byteSize() > MAX_WORD) {
      throw new UnpicklingException(
          "a name or number has %,d characters; the file is damaged".formatted(line.byteSize()));
    }
    return new String(line.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }
}
