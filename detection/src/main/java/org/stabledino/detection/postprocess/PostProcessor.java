package org.stabledino.detection.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.BoxOps;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Turns the last layer's logits and boxes into detections: the best pairs of query and class, their
 * boxes in pixels, and class-wise suppression of duplicates where asked for.
 *
 * @param topK how many pairs of query and class an image keeps at most: 300 in the paper
 * @param nmsThreshold largest IoU of two detections of a class, 0.8 in the paper; 1 or more
 *     switches suppression off
 * @param scoreThreshold detections below are dropped; 0 keeps all
 */
public record PostProcessor(int topK, double nmsThreshold, double scoreThreshold) {

  /** Checks the numbers. */
  public PostProcessor {
    if (topK < 1 || nmsThreshold < 0) {
      throw new UserException(
          "setting topK is %d and nmsThreshold %s: they must be 1 or more, and 0 or more"
              .formatted(topK, nmsThreshold));
    }
  }

  /**
   * The detections of a batch, in pixels of the given sizes.
   *
   * @param logits on the CPU, shape [B, Q, K]
   * @param boxes on the CPU, (cx, cy, w, h) in 0..1, shape [B, Q, 4]
   * @param heights of the images whose pixels are meant, shape [B]
   * @param widths of the images whose pixels are meant, shape [B]
   * @return detections of each image
   */
  public List<Detections> detect(Tensor logits, Tensor boxes, int[] heights, int[] widths) {
    int batch = logits.dim(0);
    int classes = logits.dim(2);
    int pairs = logits.dim(1) * classes;
    int count = Math.min(topK, pairs);
    Tensor scores = probabilities(logits.reshape(batch, pairs));
    Tensor values = Tensor.empty(batch, count);
    Tensor indices = Tensor.empty(DType.INT32, Shape.of(batch, count));
    logits.backend().indexing().topK(scores, count, values, indices);
    List<Detections> result = new ArrayList<>(batch);
    for (int image = 0; image < batch; image++) {
      int[] labels = new int[count];
      float[] chosen = new float[4 * count];
      for (int i = 0; i < count; i++) {
        int pair = indices.ints()[indices.offset() + image * count + i];
        labels[i] = pair % classes;
        int box = boxes.offset() + 4 * (image * boxes.dim(1) + pair / classes);
        System.arraycopy(boxes.floats(), box, chosen, 4 * i, 4);
      }
      float[] corners = BoxOps.toXyxy(chosen);
      scale(corners, widths[image], heights[image]);
      result.add(filter(new Detections(values.select(image).toFloats(), labels, corners)));
    }
    return result;
  }

  /**
   * Scales detections from the network's to the original image, clips them to it and drops empty
   * ones.
   *
   * @param detections in pixels of an image of the network's size
   * @param fromHeight that image's height
   * @param fromWidth that image's width
   * @param toHeight the original's height
   * @param toWidth the original's width
   * @return in pixels of the original
   */
  public static Detections toOriginal(
      Detections detections, int fromHeight, int fromWidth, int toHeight, int toWidth) {
    float[] boxes = detections.boxesXyxy().clone();
    scale(boxes, (float) toWidth / fromWidth, (float) toHeight / fromHeight);
    for (int i = 0; i < boxes.length; i++) {
      boxes[i] = Math.clamp(boxes[i], 0f, (float) ((i & 1) == 0 ? toWidth : toHeight));
    }
    Detections clipped = new Detections(detections.scores(), detections.labels(), boxes);
    return clipped.select(
        IntStream.range(0, detections.count())
            .filter(i -> boxes[4 * i + 2] > boxes[4 * i] && boxes[4 * i + 3] > boxes[4 * i + 1])
            .toArray());
  }

  private static void scale(float[] corners, float byX, float byY) {
    for (int i = 0; i < corners.length; i += 2) {
      corners[i] *= byX;
      corners[i + 1] *= byY;
    }
  }

  private static Tensor probabilities(Tensor logits) {
    Tensor scores = Tensor.empty(DType.FLOAT32, logits.shape());
    float[] in = logits.floats();
    float[] out = scores.floats();
    for (int i = 0; i < logits.size(); i++) {
      out[scores.offset() + i] = (float) (1 / (1 + Math.exp(-in[logits.offset() + i])));
    }
    return scores;
  }

  private Detections filter(Detections all) {
    Detections kept = all;
    if (scoreThreshold > 0) {
      kept =
          kept.select(
              IntStream.range(0, all.count())
                  .filter(i -> all.scores()[i] >= scoreThreshold)
                  .toArray());
    }
    if (nmsThreshold < 1) {
      kept =
          kept.select(
              Nms.keep(kept.boxesXyxy(), kept.scores(), kept.labels(), kept.count(), nmsThreshold));
    }
    return kept;
  }
}
