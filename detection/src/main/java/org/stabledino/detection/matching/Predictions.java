package org.stabledino.detection.matching;

import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * On the CPU, what a head says about queries {@code first} to {@code first + count} of every image
 * of a batch.
 *
 * @param logits of the classes, shape [B, N, K]
 * @param boxes (cx, cy, w, h), shape [B, N, 4]
 * @param first the first query of the range
 * @param count Q, the number of queries in the range
 */
public record Predictions(Tensor logits, Tensor boxes, int first, int count) {

  /**
   * All queries of a head.
   *
   * @param logits of the classes, shape [B, N, K]
   * @param boxes (cx, cy, w, h), shape [B, N, 4]
   * @return the whole range
   */
  public static Predictions all(Tensor logits, Tensor boxes) {
    return new Predictions(logits, boxes, 0, logits.dim(1));
  }

  /**
   * Queries of a prediction, copied to the CPU if they are not there. Of a model on a GPU this
   * waits until they are computed.
   *
   * @param prediction of the model
   * @return all its queries
   */
  public static Predictions read(Prediction prediction) {
    return all(prediction.logits().data().to(Device.CPU), prediction.boxes().data().to(Device.CPU));
  }

  /**
   * Some of these queries.
   *
   * @param from the first of them, counted from the first of all
   * @param count how many
   * @return the same numbers
   */
  public Predictions range(int from, int count) {
    return new Predictions(logits, boxes, first + from, count);
  }

  /**
   * The number of classes.
   *
   * @return K
   */
  public int classes() {
    return logits.dim(2);
  }

  /**
   * The row of a query in logits and boxes seen as [B*N, ...].
   *
   * @param image index in the batch
   * @param query counted from the first of the range
   * @return the row
   */
  public int row(int image, int query) {
    return image * logits.dim(1) + first + query;
  }

  /**
   * The index of a query's first logit in the logits' storage.
   *
   * @param image index in the batch
   * @param query counted from the first of the range
   * @return the index
   */
  public int logitAt(int image, int query) {
    return logits.offset() + row(image, query) * classes();
  }

  /**
   * The index of a query's cx in the boxes' storage.
   *
   * @param image index in the batch
   * @param query counted from the first of the range
   * @return the index
   */
  public int boxAt(int image, int query) {
    return boxes.offset() + row(image, query) * 4;
  }
}
