package org.stabledino.nn.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.tensor.Shape;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON header of a safetensors file, checked as strictly as the format demands, since files
 * come from strangers: every tensor's bytes lie inside the file, and all together cover the data
 * exactly once.
 *
 * @param tensors by name, in the order of the header
 * @param metadata free text by key
 */
record SafeTensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {
  /** The key that holds no tensor. */
  static final String METADATA = "__metadata__";

  private static final JsonFactory JSON = new JsonFactory();

  /**
   * One tensor.
   *
   * @param type the type of its elements
   * @param shape its extents
   * @param begin first byte, counted from the end of the header
   * @param end the byte after its last
   */
  record Entry(FileType type, Shape shape, long begin, long end) {}

  /**
   * Parses and checks a header.
   *
   * @param file names the file in messages
   * @param json the header's bytes
   * @param dataBytes how many bytes follow the header
   * @return the header
   * @throws CheckpointException if anything is wrong with it
   */
  static SafeTensorsHeader parse(Path file, byte[] json, long dataBytes) {
    Parsing parsing = new Parsing(file, dataBytes);
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      parsing.header(parser);
    } catch (JacksonException e) {
      throw new CheckpointException(
          "%s: the header is not valid JSON (%s); the file is damaged or no safetensors file"
              .formatted(file, e.getOriginalMessage().lines().findFirst().orElse("")),
          e);
    }
    parsing.checkCoverage();
    return new SafeTensorsHeader(parsing.tensors, parsing.metadata);
  }

  /** The state of one parse. */
  private static final class Parsing {
    private final Path file;
    private final long dataBytes;
    private final Map<String, Entry> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata = new LinkedHashMap<>();

    Parsing(Path file, long dataBytes) {
      this.file = file;
      this.dataBytes = dataBytes;
    }

    void header(JsonParser parser) {
      expect(parser.nextToken() == JsonToken.START_OBJECT, "the header is no JSON object");
      boolean sawMetadata = false;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (name.equals(METADATA)) {
          expect(!sawMetadata, "the header has two " + METADATA + " entries");
          sawMetadata = true;
          readMetadata(parser);
        } else {
          Entry entry = readEntry(parser, name);
          expect(tensors.put(name, entry) == null, "tensor '" + name + "' is there twice");
        }
      }
      expect(parser.nextToken() == null, "something follows the header's closing brace");
    }

    private void readMetadata(JsonParser parser) {
      expect(parser.nextToken() == JsonToken.START_OBJECT, METADATA + " is no JSON object");
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        expect(
            parser.nextToken() == JsonToken.VALUE_STRING,
            METADATA + " entry '" + key + "' is no string");
        metadata.put(key, parser.getString());
      }
    }

    private Entry readEntry(JsonParser parser, String name) {
      expect(parser.nextToken() == JsonToken.START_OBJECT, at(name) + " is no JSON object");
      FileType type = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        parser.nextToken();
        switch (key) {
          case "dtype" -> {
            expect(type == null, at(name) + " has two dtypes");
            type = readType(parser, name);
          }
          case "shape" -> {
            expect(shape == null, at(name) + " has two shapes");
            shape = readCounts(parser, at(name) + " shape", Extents.MAX_RANK);
          }
          case "data_offsets" -> {
            expect(offsets == null, at(name) + " has two data_offsets");
            offsets = readCounts(parser, at(name) + " data_offsets", 2);
          }
          default -> throw bad(at(name) + " has an unknown key '" + key + "'");
        }
      }
      expect(
          type != null && shape != null && offsets != null,
          at(name) + " lacks dtype, shape or data_offsets");
      return checked(name, type, shape, offsets);
    }

    private FileType readType(JsonParser parser, String name) {
      expect(parser.currentToken() == JsonToken.VALUE_STRING, at(name) + " dtype is no string");
      String text = parser.getString();
      return FileType.named(text)
          .orElseThrow(
              () ->
                  bad(
                      at(name)
                          + " has dtype "
                          + text
                          + "; supported are F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL"));
    }

    private List<Long> readCounts(JsonParser parser, String what, int limit) {
      expect(parser.currentToken() == JsonToken.START_ARRAY, what + " is no list");
      List<Long> counts = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(
            parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                && parser.getLongValue() >= 0
                && counts.size() < limit,
            what + " is no list of at most " + limit + " non-negative integers");
        counts.add(parser.getLongValue());
      }
      return counts;
    }

    private Entry checked(String name, FileType type, List<Long> shape, List<Long> offsets) {
      expect(offsets.size() == 2, at(name) + " data_offsets are not two numbers");
      long begin = offsets.get(0);
      long end = offsets.get(1);
      expect(
          begin <= end && end <= dataBytes,
          at(name)
              + " lies at bytes %d to %d of %d; the file is truncated or damaged"
                  .formatted(begin, end, dataBytes));
      Shape extents =
          Extents.shape(shape.stream().mapToLong(Long::longValue).toArray())
              .orElseThrow(
                  () ->
                      bad(
                          at(name)
                              + " of shape "
                              + shape
                              + " is too large: it has more than 2^31 - 17 elements"));
      long bytes = (long) extents.size() * type.bytes();
      expect(
          bytes == end - begin,
          at(name)
              + " of type %s and shape %s needs %d bytes but has %d"
                  .formatted(type, shape, bytes, end - begin));
      return new Entry(type, extents, begin, end);
    }

    /** The format allows neither overlaps nor holes. */
    void checkCoverage() {
      List<Map.Entry<String, Entry>> order = new ArrayList<>(tensors.entrySet());
      order.sort(
          Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
              .thenComparingLong(e -> e.getValue().end()));
      long covered = 0;
      String before = "the header";
      for (Map.Entry<String, Entry> e : order) {
        long begin = e.getValue().begin();
        expect(begin >= covered, at(e.getKey()) + " overlaps " + before);
        expect(begin == covered, at(e.getKey()) + " leaves a hole after " + before);
        covered = e.getValue().end();
        before = at(e.getKey());
      }
      expect(
          covered == dataBytes,
          "%d bytes follow the last tensor; the file is damaged".formatted(dataBytes - covered));
    }

    private static String at(String name) {
      return "tensor '" + name + "'";
    }

    private void expect(boolean holds, String otherwise) {
      if (!holds) {
        throw bad(otherwise);
      }
    }

    private CheckpointException bad(String what) {
      return new CheckpointException(file + ": " + what);
    }
  }
}
