package org.stabledino.nn.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * The directory of a zip archive, with the extensions for more than 4 GB. Only stored entries are
 * given out, as parts of the file: {@code torch.save} compresses nothing, and what is not
 * decompressed cannot explode.
 */
final class ZipArchive {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int LOCAL_HEADER = 0x04034b50;
  private static final int CENTRAL_HEADER = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final long ALL_ONES = 0xffffffffL;

  /** A checkpoint has one entry for each tensor. */
  private static final int MAX_ENTRIES = 500_000;

  private final String origin;
  private final MemorySegment file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /** An entry as the directory states it; nothing of it is checked before it is asked for. */
  private record Entry(int flags, int method, long packed, long size, long header) {}

  ZipArchive(String origin, MemorySegment file) {
    this.origin = origin;
    this.file = file;
    long end = end();
    long count = u16(end + 10);
    long start = u32(end + 16);
    long locator = end - 20;
    if (locator >= 0 && file.get(INT, locator) == LOCATOR_64) {
      long wide = i64(locator + 8);
      expect(u32(wide) == END_64, "its 64-bit directory is not where it should be");
      count = i64(wide + 32);
      start = i64(wide + 48);
    }
    expect(count >= 0 && count <= MAX_ENTRIES, "it claims to have %s entries".formatted(count));
    readDirectory(start, (int) count);
  }

  private long end() {
    long last = file.byteSize() - END_BYTES;
    for (long at = last; at >= 0 && at >= last - MAX_COMMENT; at--) {
      if (file.get(INT, at) == END) {
        return at;
      }
    }
    throw bad("it has no directory");
  }

  private void readDirectory(long start, int count) {
    long at = start;
    for (int i = 0; i < count; i++) {
      if (u32(at) != CENTRAL_HEADER) {
        throw bad("entry %d of its directory is not there".formatted(i));
      }
      long size = u32(at + 24);
      long packed = u32(at + 20);
      long header = u32(at + 42);
      int nameLength = u16(at + 28);
      int extraLength = u16(at + 30);
      String name =
          new String(
              slice(at + 46, nameLength).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
      long extra = wideFields(at + 46 + nameLength, extraLength);
      if (extra >= 0) {
        // The wide numbers stand in this order, each only where its narrow field is all ones.
        if (size == ALL_ONES) {
          size = i64(extra);
          extra += 8;
        }
        if (packed == ALL_ONES) {
          packed = i64(extra);
          extra += 8;
        }
        if (header == ALL_ONES) {
          header = i64(extra);
        }
      }
      entries.put(name, new Entry(u16(at + 8), u16(at + 10), packed, size, header));
      at += 46L + nameLength + extraLength + u16(at + 32);
    }
  }

  /** Where the field with 64-bit numbers has its content; -1 without one. */
  private long wideFields(long from, int length) {
    long at = from;
    while (at + 4 <= from + length) {
      if (u16(at) == 1) {
        return at + 4;
      }
      at += 4 + u16(at + 2);
    }
    return -1;
  }

  /** The names of all entries. */
  Set<String> names() {
    return entries.keySet();
  }

  /** The content of an entry. */
  MemorySegment content(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw bad("entry '%s' is missing".formatted(name));
    }
    if (entry.method != 0 || (entry.flags & 1) != 0 || entry.packed != entry.size) {
      throw new CheckpointException(
          "%s: entry '%s' is compressed or encrypted, which torch.save never does; save it again with PyTorch"
              .formatted(origin, name));
    }
    expect(u32(entry.header) == LOCAL_HEADER, "entry '%s' is not there".formatted(name));
    long start = entry.header + 30 + u16(entry.header + 26) + u16(entry.header + 28);
    return slice(start, entry.size);
  }

  private MemorySegment slice(long from, long length) {
    boolean inside =
        from >= 0 && length >= 0 && from <= file.byteSize() && length <= file.byteSize() - from;
    if (!inside) {
      throw bad("%d bytes at %d are beyond its %d".formatted(length, from, file.byteSize()));
    }
    return file.asSlice(from, length);
  }

  private int u16(long at) {
    return slice(at, 2).get(SHORT, 0) & 0xffff;
  }

  private long u32(long at) {
    return slice(at, 4).get(INT, 0) & ALL_ONES;
  }

  private long i64(long at) {
    return slice(at, 8).get(LONG, 0);
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw bad(otherwise);
    }
  }

  private CheckpointException bad(String what) {
    return new CheckpointException(
        "%s: the zip archive is truncated or damaged: %s".formatted(origin, what));
  }
}
