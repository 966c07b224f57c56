package org.stabledino.detection.matching;

import org.stabledino.detection.model.Prediction;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * What a head says about queries {@code first} to {@code first + count} of every image of a batch,
 * where the model computed it.
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
   * @param boxes (cx, cy, w, h), beside the logits, shape [B, N, 4]
   * @return the whole range
   */
  public static Predictions all(Tensor logits, Tensor boxes) {
    return new Predictions(logits, boxes, 0, logits.dim(1));
  }

  /**
   * Queries of a prediction, where they are.
   *
   * @param prediction of the model
   * @return all its queries
   */
  public static Predictions of(Prediction prediction) {
    return all(prediction.logits().data(), prediction.boxes().data());
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
   * The range's rows of one image.
   *
   * @param all something of every query: the logits, the boxes, or a gradient, shape [B, N, C]
   * @param image index in the batch
   * @return a view, shape [Q, C]
   */
  public Tensor rows(Tensor all, int image) {
    return all.select(image).narrow(first, first + count);
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
   * The index of a query's first logit in the storage of logits on the CPU.
   *
   * @param image index in the batch
   * @param query counted from the first of the range
   * @return the index
   */
  public int logitAt(int image, int query) {
    return logits.offset() + row(image, query) * classes();
  }

  /**
   * The index of a query's cx in the storage of boxes on the CPU.
   *
   * @param image index in the batch
   * @param query counted from the first of the range
   * @return the index
   */
  public int boxAt(int image, int query) {
    return boxes.offset() + row(image, query) * 4;
  }
}
