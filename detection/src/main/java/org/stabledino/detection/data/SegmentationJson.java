package org.stabledino.detection.data;

import java.util.Arrays;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads the value of {@code segmentation}: polygons, run lengths, packed run lengths or nothing.
 */
final class SegmentationJson {

  /** A buffer for number lists of unknown length. */
  private double[] numbers = new double[256];

  private String fault;

  /** What was wrong with the value read last, or null. */
  String fault() {
    return fault;
  }

  private void fault(String what) {
    if (fault == null) {
      fault = what;
    }
  }

  /** Reads the value the parser stands at, to its end; {@link Segmentation#ABSENT} with a fault. */
  Segmentation read(JsonParser json) {
    fault = null;
    return switch (json.currentToken()) {
      case START_ARRAY -> polygons(json);
      case START_OBJECT -> rle(json);
      case VALUE_NULL -> Segmentation.ABSENT;
      default -> {
        fault("is neither polygons nor run lengths");
        yield Segmentation.ABSENT;
      }
    };
  }

  private Segmentation polygons(JsonParser json) {
    double[][] rings = new double[4][];
    int used = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        fault("is a list of numbers, expected a list of polygons");
        json.skipChildren();
        continue;
      }
      if (used == rings.length) {
        rings = Arrays.copyOf(rings, 2 * used);
      }
      rings[used++] = Arrays.copyOf(numbers, numbers(json));
    }
    return used == 0 ? Segmentation.ABSENT : Polygons.of(Arrays.copyOf(rings, used));
  }

  private Segmentation rle(JsonParser json) {
    int height = -1;
    int width = -1;
    int[] counts = null;
    String packed = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      JsonToken token = json.nextToken();
      if (key.equals("size") && token == JsonToken.START_ARRAY) {
        int found = numbers(json);
        height = found == 2 ? (int) numbers[0] : -1;
        width = found == 2 ? (int) numbers[1] : -1;
      } else if (key.equals("counts") && token == JsonToken.START_ARRAY) {
        int found = numbers(json);
        counts = new int[found];
        for (int i = 0; i < found; i++) {
          counts[i] = (int) numbers[i];
        }
      } else if (key.equals("counts") && token == JsonToken.VALUE_STRING) {
        packed = json.getString();
      } else {
        json.skipChildren();
      }
    }
    if (height < 0 || width < 0 || (counts == null) == (packed == null)) {
      fault("has no size [height, width] with counts");
      return Segmentation.ABSENT;
    }
    if (packed != null) {
      return new Segmentation.CompressedRle(height, width, packed);
    }
    try {
      return new Rle(height, width, counts);
    } catch (IllegalArgumentException e) {
      fault("is damaged: " + e.getMessage());
      return Segmentation.ABSENT;
    }
  }

  /** Reads a list of numbers into the buffer; returns how many. */
  private int numbers(JsonParser json) {
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (!json.currentToken().isNumeric()) {
        fault("holds something that is no number");
        json.skipChildren();
        continue;
      }
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = json.getDoubleValue();
    }
    return count;
  }
}
