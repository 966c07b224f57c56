package org.stabledino.detection.evaluation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.data.CocoDataset;
import org.stabledino.detection.data.MaskTransformer;
import org.stabledino.detection.data.Rle;
import org.stabledino.detection.data.Segmentation;
import org.stabledino.detection.files.AtomicFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reading and writing the COCO result list: {@code [{"image_id": 42, "category_id": 18, "bbox": [x,
 * y, width, height], "score": 0.236}, ...]}, in pixels of the original image.
 *
 * <p>Both directions stream, so memory holds the numbers and never the document.
 */
public final class CocoResults {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int BOX_NUMBERS = 4;

  private CocoResults() {}

  /**
   * Reads box detections. Properties other than the four are skipped.
   *
   * @param file a result list
   * @param truth what the image and category ids must occur in
   * @return the detections in file order
   * @throws UserException where the file cannot be read, is not a result list, or an entry names an
   *     unknown image or category, has a negative size or a number that is not finite; the message
   *     names the file and the entry, counted from 0
   */
  public static DetectionList read(Path file, CocoGroundTruth truth) {
    Reader reader = new Reader(file, truth, null);
    reader.read();
    return reader.detections;
  }

  /**
   * Reads mask detections: in place of {@code bbox}, {@code "segmentation": {"size": [height,
   * width], "counts": ...}} with run lengths as a list or in COCO's character code. A {@code bbox}
   * beside it is not used: box and area are those of the mask.
   *
   * @param file a result list
   * @param truth what the image and category ids must occur in
   * @return the detections in file order
   * @throws UserException as {@link #read}, and where a mask is missing, damaged or of another size
   *     than its image
   */
  public static MaskDetections readMasks(Path file, MaskGroundTruth truth) {
    Reader reader = new Reader(file, truth.boxes(), truth);
    reader.read();
    return new MaskDetections(reader.detections, reader.masks);
  }

  private static void parse(Path file, Reader reader) {
    try (InputStream in = Files.newInputStream(file);
        JsonParser parser = JSON.createParser(ObjectReadContext.empty(), in)) {
      reader.read(parser);
    } catch (JacksonIOException e) {
      throw new UserException(
          "%s cannot be read (%s); give a readable file".formatted(file, e.getCause().getMessage()),
          e);
    } catch (JacksonException e) {
      String message = e.getOriginalMessage();
      throw new UserException(
          reader.where()
              + ": malformed JSON near line "
              + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
              + " ("
              + message.lines().findFirst().orElse("no reason given")
              + "); is the file complete?",
          e);
    } catch (NoSuchFileException e) {
      throw new UserException(file + " does not exist; give the path of a COCO result list", e);
    } catch (IOException e) {
      throw new UserException(file + " cannot be read (" + e + "); give a readable file", e);
    }
  }

  /**
   * Writes box detections as a file that pycocotools loads. It appears whole or not at all.
   *
   * @param file where to write; its folder is made where it is missing
   * @param detections what to write, in this order
   * @throws UserException where the file cannot be written
   */
  public static void write(Path file, DetectionList detections) {
    AtomicFile.write(
        file,
        out -> {
          try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartArray();
            for (int i = 0; i < detections.size(); i++) {
              json.writeRaw('\n');
              write(json, detections.get(i));
            }
            json.writeEndArray();
          }
        });
  }

  private static void write(JsonGenerator json, Detection d) {
    json.writeStartObject();
    json.writeNumberProperty("image_id", d.imageId());
    json.writeNumberProperty("category_id", d.categoryId());
    json.writeArrayPropertyStart("bbox");
    json.writeNumber(d.x());
    json.writeNumber(d.y());
    json.writeNumber(d.width());
    json.writeNumber(d.height());
    json.writeEndArray();
    json.writeNumberProperty("score", d.score());
    json.writeEndObject();
  }

  /** The state of reading one file. */
  private static final class Reader {
    private final Path file;
    private final CocoGroundTruth truth;
    private final DetectionList detections = new DetectionList(1024);
    private final double[] box = new double[BOX_NUMBERS];
    private final List<Rle> masks = new ArrayList<>();

    /** Where masks are read; null where boxes are. */
    private final MaskGroundTruth maskTruth;

    private boolean inEntry;

    Reader(Path file, CocoGroundTruth truth, MaskGroundTruth maskTruth) {
      this.file = file;
      this.truth = truth;
      this.maskTruth = maskTruth;
    }

    void read() {
      parse(file, this);
    }

    String where() {
      return inEntry ? file + ", entry " + detections.size() : file.toString();
    }

    void read(JsonParser parser) {
      if (parser.nextToken() != JsonToken.START_ARRAY) {
        throw bad("is not a COCO result list; it must be a JSON array of detections");
      }
      inEntry = true;
      for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
        if (t != JsonToken.START_OBJECT) {
          throw bad("is not an object; each detection is one with image_id, category_id, ...");
        }
        readEntry(parser);
      }
    }

    private void readEntry(JsonParser parser) {
      boolean hasImage = false;
      boolean hasCategory = false;
      boolean hasBox = false;
      boolean hasScore = false;
      long imageId = 0;
      long categoryId = 0;
      double score = 0;
      Segmentation mask = Segmentation.ABSENT;
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        parser.nextToken();
        switch (name) {
          case "image_id" -> {
            imageId = id(parser, name);
            hasImage = true;
          }
          case "category_id" -> {
            categoryId = id(parser, name);
            hasCategory = true;
          }
          case "bbox" -> {
            if (maskTruth == null) {
              readBox(parser);
            } else {
              parser.skipChildren();
            }
            hasBox = true;
          }
          case "segmentation" -> {
            if (maskTruth == null) {
              parser.skipChildren();
            } else {
              mask = readMask(parser);
            }
          }
          case "score" -> {
            score = number(parser, name);
            hasScore = true;
          }
          default -> parser.skipChildren();
        }
      }
      require(hasImage, "image_id");
      require(hasCategory, "category_id");
      if (maskTruth == null) {
        require(hasBox, "bbox");
      } else {
        require(mask != Segmentation.ABSENT, "segmentation");
      }
      require(hasScore, "score");
      if (!truth.hasImage(imageId)) {
        throw bad("unknown image_id " + imageId + "; the ground truth has no such image");
      }
      if (!truth.hasCategory(categoryId)) {
        throw bad("unknown category_id " + categoryId + "; the ground truth has no such category");
      }
      if (maskTruth != null) {
        addMask(mask, maskTruth.image(imageId));
      }
      detections.add(imageId, categoryId, box[0], box[1], box[2], box[3], score);
    }

    /** Keeps the mask, and its box as that of the detection. */
    private void addMask(Segmentation mask, CocoDataset.Image image) {
      try {
        masks.add(mask.rasterise(image.height(), image.width()));
      } catch (IllegalArgumentException e) {
        throw bad("segmentation: " + e.getMessage());
      }
      float[] corners = MaskTransformer.box(masks.getLast());
      box[0] = corners[0];
      box[1] = corners[1];
      box[2] = corners[2] - corners[0];
      box[3] = corners[3] - corners[1];
    }

    private Segmentation readMask(JsonParser parser) {
      int[] size = {};
      int[] runs = null;
      String packed = null;
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
          JsonToken token = parser.nextToken();
          switch (name) {
            case "size" -> size = integers(parser, "segmentation.size");
            case "counts" -> {
              if (token == JsonToken.VALUE_STRING) {
                packed = parser.getString();
              } else {
                runs = integers(parser, "segmentation.counts");
              }
            }
            default -> parser.skipChildren();
          }
        }
      }
      if (size.length != 2 || (runs == null) == (packed == null)) {
        throw bad("segmentation must be run lengths: an object with size [height, width], counts");
      }
      try {
        return packed == null
            ? new Rle(size[0], size[1], runs)
            : new Segmentation.CompressedRle(size[0], size[1], packed);
      } catch (IllegalArgumentException e) {
        throw bad("segmentation: " + e.getMessage());
      }
    }

    private int[] integers(JsonParser parser, String name) {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw bad(name + " must be a list of whole numbers");
      }
      IntStream.Builder values = IntStream.builder();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
          throw bad(name + " must be a list of whole numbers");
        }
        values.add(parser.getIntValue());
      }
      return values.build().toArray();
    }

    private void readBox(JsonParser parser) {
      int count = 0;
      if (parser.currentToken() == JsonToken.START_ARRAY) {
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          double value = number(parser, "bbox");
          if (count < BOX_NUMBERS) {
            box[count] = value;
          }
          count++;
        }
      }
      if (count != BOX_NUMBERS) {
        throw bad("bbox must be the four numbers [x, y, width, height]");
      }
      if (box[2] < 0 || box[3] < 0) {
        throw bad(
            "bbox has the size "
                + box[2]
                + " x "
                + box[3]
                + "; it must be [x, y, width, height], not two corners");
      }
    }

    private long id(JsonParser parser, String name) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw bad(name + " must be a whole number");
      }
      return parser.getLongValue();
    }

    private double number(JsonParser parser, String name) {
      JsonToken token = parser.currentToken();
      if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
        throw bad(name + " must hold numbers");
      }
      double value = parser.getDoubleValue();
      if (!Double.isFinite(value)) {
        throw bad(name + " is not finite");
      }
      return value;
    }

    private void require(boolean present, String name) {
      if (!present) {
        throw bad(
            "%s is missing; a %s detection has image_id, category_id, %s and score"
                .formatted(
                    name,
                    maskTruth == null ? "box" : "mask",
                    maskTruth == null ? "bbox" : "segmentation"));
      }
    }

    private UserException bad(String problem) {
      return new UserException(where() + (inEntry ? ": " : " ") + problem);
    }
  }
}
