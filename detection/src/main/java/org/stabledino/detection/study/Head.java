package org.stabledino.detection.study;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.matching.HungarianMatcher;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.Predictions;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.ModelOutput;
import org.stabledino.detection.model.Prediction;

/**
 * What one head says about the matching queries: the encoder's or a decoder layer's.
 *
 * @param name as shown to readers
 * @param predictions of the B images
 */
public record Head(String name, Predictions predictions) {

  /**
   * The heads in the order in which the unstable score compares them.
   *
   * @param output of a pass in which every layer predicts
   * @return the encoder, then each decoder layer
   */
  public static List<Head> of(ModelOutput output) {
    List<Head> heads = new ArrayList<>();
    heads.add(of("encoder", output.encoder(), 0));
    for (int layer = 0; layer < output.layers().size(); layer++) {
      heads.add(of("layer " + (layer + 1), output.layers().get(layer), output.denoisingQueries()));
    }
    return heads;
  }

  private static Head of(String name, Prediction prediction, int first) {
    Predictions all = Predictions.read(prediction);
    return new Head(name, all.range(first, all.count() - first));
  }

  /**
   * Matches every head of a batch.
   *
   * @param heads of the batch
   * @param targets of its B images
   * @param cost what the matching minimises
   * @return for each image the matching of each head
   */
  public static List<List<Matching>> match(
      List<Head> heads, List<Targets> targets, MatchingConfig cost) {
    HungarianMatcher matcher = new HungarianMatcher(cost);
    List<List<Matching>> byHead =
        heads.stream().map(head -> matcher.match(head.predictions, targets)).toList();
    List<List<Matching>> byImage = new ArrayList<>();
    for (int image = 0; image < targets.size(); image++) {
      int i = image;
      byImage.add(byHead.stream().map(matchings -> matchings.get(i)).toList());
    }
    return byImage;
  }
}
