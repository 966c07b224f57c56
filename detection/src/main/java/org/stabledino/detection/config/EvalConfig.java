package org.stabledino.detection.config;

/**
 * How a data set is evaluated; how detections are made of the network's output is a part of the
 * model's configuration.
 *
 * @param batchSize pictures a forward pass
 */
public record EvalConfig(int batchSize) {

  /** Checks ranges. */
  public EvalConfig {
    Require.positive("batchSize", batchSize);
  }
}
