package org.stabledino.detection.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset.Annotation;
import org.stabledino.detection.data.CocoDataset.Category;
import org.stabledino.detection.data.CocoDataset.Image;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * The syntax of a COCO annotation file, read token by token: a file of half a gigabyte never exists
 * as a tree. Unknown keys are skipped; keys may come in any order.
 */
final class CocoJson {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          // Python writes NaN without quotes; reading it lets us name the annotation that holds it.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final Path file;
  private final Consumer<Problem> problems;
  private List<Image> images;
  private List<Annotation> annotations;
  private List<Category> categories;

  /** What is wrong with the entry being read, or null. */
  private String fault;

  /** The entry being read by its id, for example {@code annotation 17}, or null. */
  private String name;

  private final SegmentationJson segmentations = new SegmentationJson();

  CocoJson(Path file, Consumer<Problem> problems) {
    this.file = file;
    this.problems = problems;
  }

  /** Entries in file order, or null where the key is missing. */
  List<Image> images() {
    return images;
  }

  /** Entries in file order, or null where the key is missing. */
  List<Annotation> annotations() {
    return annotations;
  }

  /** Entries in file order, or null where the key is missing. */
  List<Category> categories() {
    return categories;
  }

  void parse() {
    try (InputStream in = Files.newInputStream(file);
        JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), in)) {
      parse(json);
    } catch (NoSuchFileException e) {
      throw new UserException(file + ": no such file; check the path of the data set", e);
    } catch (JacksonIOException e) {
      throw unreadable(e.getCause());
    } catch (JacksonException e) {
      if (e.getOriginalMessage().startsWith("Unexpected end-of-input")) {
        throw new UserException(
            file + ": the JSON ends early" + position(e) + "; copy or download it again", e);
      }
      throw new UserException(
          "%s: not valid JSON%s (%s); expected a COCO annotation file"
              .formatted(file, position(e), firstLine(e.getOriginalMessage())),
          e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private UserException unreadable(Throwable cause) {
    return new UserException(
        file + ": cannot be read (" + cause.getMessage() + "); expected a COCO annotation file",
        cause);
  }

  /** Where it is wrong; the parser does not say where it met a limit, such as that on nesting. */
  private static String position(JacksonException e) {
    TokenStreamLocation at = e.getLocation();
    return at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private void parse(JsonParser json) {
    JsonToken first = json.nextToken();
    if (first != JsonToken.START_OBJECT) {
      throw new UserException(
          file
              + (first == null ? ": the file is empty" : ": not a COCO annotation file")
              + "; expected an object with images, annotations and categories");
    }
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "images" -> images = list(json, key, () -> image(json));
        case "annotations" -> annotations = list(json, key, () -> annotation(json));
        case "categories" -> categories = list(json, key, () -> category(json));
        default -> json.skipChildren();
      }
    }
  }

  /** Reads the entries of a list; an entry with a fault is reported and left out. */
  private <T> List<T> list(JsonParser json, String key, Supplier<T> entry) {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new UserException(
          "%s: \"%s\" is not a list; expected a COCO annotation file".formatted(file, key));
    }
    List<T> entries = new ArrayList<>();
    for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
      fault = null;
      name = null;
      if (json.currentToken() == JsonToken.START_OBJECT) {
        T value = entry.get();
        if (fault == null) {
          entries.add(value);
          continue;
        }
      } else {
        json.skipChildren();
        fault = "is not an object";
      }
      String where = name == null ? key + "[" + i + "]" : name;
      problems.accept(Problem.error(file + ": " + where, fault, "correct or remove the entry"));
    }
    return entries;
  }

  private Image image(JsonParser json) {
    long id = 0;
    String fileName = null;
    int width = 0;
    int height = 0;
    Keys keys = new Keys("id", "file_name", "width", "height");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      json.nextToken();
      keys.seen(key);
      switch (key) {
        case "id" -> id = integer(json, key);
        case "file_name" -> fileName = fileName(json, key);
        case "width" -> width = size(json, key);
        case "height" -> height = size(json, key);
        default -> json.skipChildren();
      }
    }
    finish(keys, "image", id);
    return new Image(id, fileName, width, height);
  }

  private Category category(JsonParser json) {
    long id = 0;
    String name = null;
    String supercategory = "";
    Keys keys = new Keys("id", "name");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      json.nextToken();
      keys.seen(key);
      switch (key) {
        case "id" -> id = integer(json, key);
        case "name" -> name = text(json, key);
        case "supercategory" -> supercategory = optionalText(json);
        default -> json.skipChildren();
      }
    }
    finish(keys, "category", id);
    return new Category(id, name, supercategory);
  }

  private Annotation annotation(JsonParser json) {
    long id = 0;
    long imageId = 0;
    long categoryId = 0;
    double[] box = new double[4];
    boolean integerBox = false;
    double area = Double.NaN;
    boolean crowd = false;
    Segmentation segmentation = Segmentation.ABSENT;
    Keys keys = new Keys("id", "image_id", "category_id", "bbox");
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      json.nextToken();
      keys.seen(key);
      switch (key) {
        case "id" -> id = integer(json, key);
        case "image_id" -> imageId = integer(json, key);
        case "category_id" -> categoryId = integer(json, key);
        case "bbox" -> integerBox = box(json, box);
        case "area" -> area = number(json, key);
        case "iscrowd" -> crowd = flag(json, key);
        case "segmentation" -> segmentation = segmentation(json);
        default -> json.skipChildren();
      }
    }
    finish(keys, "annotation", id);
    if (Double.isNaN(area)) {
      area = box[2] * box[3];
    }
    return new Annotation(
        id,
        imageId,
        categoryId,
        box[0],
        box[1],
        box[2],
        box[3],
        integerBox,
        area,
        crowd,
        segmentation);
  }

  /** Which required keys have come; four at most, so a loop beats a set. */
  private static final class Keys {
    private final String[] required;
    private int seen;

    Keys(String... required) {
      this.required = required;
    }

    void seen(String key) {
      for (int i = 0; i < required.length; i++) {
        if (required[i].equals(key)) {
          seen |= 1 << i;
        }
      }
    }

    String missing() {
      int first = Integer.numberOfTrailingZeros(~seen);
      return first < required.length ? required[first] : null;
    }

    boolean hasId() {
      return (seen & 1) != 0;
    }
  }

  private void finish(Keys keys, String kind, long id) {
    String missing = keys.missing();
    if (missing != null) {
      fault(missing, "is missing");
    }
    if (fault != null && keys.hasId() && !fault.startsWith("\"id\"")) {
      name = kind + " " + id;
    }
  }

  private void fault(String key, String what) {
    if (fault == null) {
      fault = "\"" + key + "\" " + what;
    }
  }

  private long integer(JsonParser json, String key) {
    if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
      return json.getLongValue();
    }
    if (json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
      double value = json.getDoubleValue();
      // Some exporters write ids as 17.0; beyond 2^53 such a number is no longer exact.
      if (value == Math.rint(value) && Math.abs(value) <= 0x1p53) {
        return (long) value;
      }
    }
    fault(key, "is not a whole number");
    json.skipChildren();
    return 0;
  }

  private int size(JsonParser json, String key) {
    return Math.clamp(integer(json, key), Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private double number(JsonParser json, String key) {
    if (json.currentToken().isNumeric()) {
      return json.getDoubleValue();
    }
    if (json.currentToken() != JsonToken.VALUE_NULL) {
      fault(key, "is not a number");
      json.skipChildren();
    }
    return Double.NaN;
  }

  private boolean flag(JsonParser json, String key) {
    return json.currentToken().isBoolean() ? json.getBooleanValue() : integer(json, key) != 0;
  }

  private String text(JsonParser json, String key) {
    if (json.currentToken() == JsonToken.VALUE_STRING) {
      return json.getString();
    }
    fault(key, "is not a text");
    json.skipChildren();
    return "";
  }

  /** A text that is only shown; anything else counts as none. */
  private static String optionalText(JsonParser json) {
    if (json.currentToken() == JsonToken.VALUE_STRING) {
      return json.getString();
    }
    json.skipChildren();
    return "";
  }

  private String fileName(JsonParser json, String key) {
    String name = text(json, key);
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      fault(key, name.isEmpty() ? "is empty" : "holds a NUL character");
    }
    return name;
  }

  /** Fills x, y, width, height; returns whether all four were written as integers. */
  private boolean box(JsonParser json, double[] box) {
    boolean integers = true;
    int count = 0;
    if (json.currentToken() == JsonToken.START_ARRAY) {
      for (; json.nextToken() != JsonToken.END_ARRAY; count++) {
        integers &= json.currentToken() == JsonToken.VALUE_NUMBER_INT;
        double value = json.currentToken().isNumeric() ? json.getDoubleValue() : Double.NaN;
        json.skipChildren();
        if (count < 4) {
          box[count] = value;
        }
      }
    } else {
      json.skipChildren();
    }
    if (count != 4) {
      fault("bbox", "is not a list of x, y, width, height");
    }
    return integers;
  }

  private Segmentation segmentation(JsonParser json) {
    Segmentation segmentation = segmentations.read(json);
    if (segmentations.fault() != null) {
      fault("segmentation", segmentations.fault());
    }
    return segmentation;
  }
}
