package org.stabledino.nn.io.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A long run of bytes in a file, or of characters that stand for bytes. Old protocols have no
 * instruction for bytes and write them as text, one character from 0 to 255 each. Nothing is copied
 * before {@link #segment} is called.
 */
public final class PyBytes {

  /** How bytes are written in the file. */
  enum Encoding {
    /** As they are. */
    RAW,
    /** As a string in memory, one character each. */
    STRING,
    /** As characters in UTF-8. */
    UTF_8,
    /** As characters, some by their number in hexadecimal (protocol 0). */
    UNICODE_ESCAPE,
    /** As in Python's source, between quotes (protocol 0 of Python 2). */
    STRING_ESCAPE
  }

  private final MemorySegment source;
  private final String text;
  private final Encoding encoding;
  private long size = -1;

  PyBytes(MemorySegment source, Encoding encoding) {
    this.source = source;
    this.text = null;
    this.encoding = encoding;
  }

  private PyBytes(String text) {
    this.source = null;
    this.text = text;
    this.encoding = Encoding.STRING;
    this.size = text.length();
  }

  /**
   * Characters as bytes; that each is from 0 to 255 is checked by {@link #segment}.
   *
   * @param text the characters, which are not copied
   * @return the value
   */
  public static PyBytes latin1(String text) {
    return new PyBytes(text);
  }

  /**
   * How many bytes there are.
   *
   * @return at least 0
   * @throws UnpicklingException if characters do not stand for bytes
   */
  public long size() {
    if (size < 0) {
      size = encoding == Encoding.RAW ? source.byteSize() : decode(null);
    }
    return size;
  }

  /**
   * The bytes.
   *
   * @return a part of the file where they stand there as they are, otherwise a copy
   * @throws UnpicklingException if characters do not stand for bytes
   */
  public MemorySegment segment() {
    if (encoding == Encoding.RAW) {
      return source;
    }
    if (encoding == Encoding.STRING) {
      return MemorySegment.ofArray(bytes(text));
    }
    if (size() > Integer.MAX_VALUE - 16) {
      throw new UnpicklingException("text of %,d bytes is too long".formatted(size()));
    }
    byte[] bytes = new byte[(int) size()];
    decode(bytes);
    return MemorySegment.ofArray(bytes);
  }

  private static byte[] bytes(String text) {
    byte[] bytes = new byte[text.length()];
    for (int i = 0; i < bytes.length; i++) {
      if (text.charAt(i) > 0xff) {
        throw new UnpicklingException("text that stands for bytes has a character above 255");
      }
      bytes[i] = (byte) text.charAt(i);
    }
    return bytes;
  }

  /** Decodes into an array, or only counts where it is null. */
  private long decode(byte[] target) {
    long count = 0;
    long at = 0;
    while (at < source.byteSize()) {
      int first = at(at);
      int value = first;
      int length = 1;
      if (encoding == Encoding.UTF_8 && first >= 0x80) {
        length = 2;
        value = (first & 0x1f) << 6 | at(at + 1) & 0x3f;
        if (first != 0xc2 && first != 0xc3 || (at(at + 1) & 0xc0) != 0x80) {
          throw new UnpicklingException("text that stands for bytes has a character above 255");
        }
      } else if (encoding != Encoding.UTF_8 && first == '\\') {
        Escape escape = escape(at);
        value = escape.value;
        length = escape.length;
      }
      if (target != null) {
        target[(int) count] = (byte) value;
      }
      count++;
      at += length;
    }
    return count;
  }

  private record Escape(int value, int length) {}

  private Escape escape(long at) {
    char kind = (char) at(at + 1);
    if (encoding == Encoding.UNICODE_ESCAPE) {
      // Only those with u and U count here; any other backslash stands for itself.
      return switch (kind) {
        case 'u' -> new Escape(hex(at + 2, 4), 6);
        case 'U' -> new Escape(hex(at + 2, 8), 10);
        default -> new Escape('\\', 1);
      };
    }
    return switch (kind) {
      case 'x' -> new Escape(hex(at + 2, 2), 4);
      case 'n' -> new Escape('\n', 2);
      case 'r' -> new Escape('\r', 2);
      case 't' -> new Escape('\t', 2);
      case '\\', '\'', '"' -> new Escape(kind, 2);
      default -> throw new UnpicklingException("text has an unknown escape \\" + kind);
    };
  }

  private int hex(long from, int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(at(from + i), 16);
      if (digit < 0 || value > 0xf) {
        throw new UnpicklingException("text that stands for bytes has a wrong escape");
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** A byte from 0 to 255; 0 behind the end, which fits no pattern. */
  private int at(long index) {
    return index < source.byteSize() ? source.get(ValueLayout.JAVA_BYTE, index) & 0xff : 0;
  }

  /** All as a string of characters from 0 to 255, for short texts. */
  String latin1Text() {
    return new String(segment().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }
}
