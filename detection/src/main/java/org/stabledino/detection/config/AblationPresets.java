package org.stabledino.detection.config;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.stabledino.detection.model.BackboneConfig;

/**
 * A preset for each row of the paper's ablations (Tables 6 to 9): the DINO baseline on a ResNet-50
 * for 12 epochs, with some settings replaced. {@code docs/ablations.md} lists them with the paper's
 * figures.
 */
final class AblationPresets {
  private static final Map<String, String> NMS = Map.of("model.postProcessor.nmsThreshold", "0.8");

  /** Position-supervised loss with the paper's target and weight. */
  private static final Map<String, String> PSL =
      Map.of(
          "model.loss.classLoss", "position_supervised",
          "model.loss.target.iouExponent", "2",
          "model.loss.rescaling", "largest_iou",
          "model.loss.classWeight", "6");

  /** Position-modulated cost with the paper's exponent. */
  private static final Map<String, String> PMC = Map.of("model.matching.modulation", "pair");

  private AblationPresets() {}

  /** Table 6: one component after the other. */
  static PresetGroup components() {
    Map<String, String> matching = join(NMS, PSL, PMC);
    return new PresetGroup(
        "Table 6: components, R50-4scale, 12 epochs",
        List.of(
            row("table6-baseline", "the DINO baseline", Map.of()),
            row("table6-nms", "with suppression at an IoU of 0.8", NMS),
            row("table6-psl", "and position-supervised loss", join(NMS, PSL)),
            row("table6-pmc", "and position-modulated cost", matching),
            row("table6-simple", "and simple fusion", join(matching, fusion("simple"))),
            row("table6-u-like", "or U-like fusion", join(matching, fusion("u_like"))),
            row("table6-dense", "or dense fusion: Stable-DINO", join(matching, fusion("dense"))),
            row("table6-dense-alone", "the baseline with dense fusion", fusion("dense"))));
  }

  /** Table 7: the target f1 of the position-supervised loss. */
  static PresetGroup targets() {
    return new PresetGroup(
        "Table 7: target f1 from IoU s and probability p, without modulated cost and fusion",
        List.of(
            target("s0.5", "sqrt(s)", 0, 0.5, "identity"),
            target("s1", "s", 0, 1, "identity"),
            target("s2", "s^2, the paper's choice", 0, 2, "identity"),
            target("s3", "s^3", 0, 3, "identity"),
            target("s1-p0.25", "s p^0.25", 0.25, 1, "identity"),
            target("s1-p1", "s p", 1, 1, "identity"),
            target("s2-p1", "s^2 p", 1, 2, "identity"),
            target("exp", "(e^s - 1)/(e - 1)", 0, 1, "exponential"),
            target("sine", "sin(s pi/2)", 0, 1, "sine"),
            row("table7-one", "1: the focal loss of the baseline", Map.of())));
  }

  /** Table 8: the weight of the class loss. */
  static PresetGroup classWeights() {
    return new PresetGroup(
        "Table 8: weight of the position-supervised loss, without modulated cost and fusion",
        Stream.of("1", "2", "4", "6", "8", "10")
            .map(
                weight ->
                    row(
                        "table8-weight-" + weight,
                        "weight " + weight,
                        join(PSL, Map.of("model.loss.classWeight", weight))))
            .toList());
  }

  /** Table 9: the modulation f2 of the class cost, and its weight. */
  static PresetGroup costs() {
    return new PresetGroup(
        "Table 9: exponent and weight of the position-modulated cost, without fusion",
        List.of(
            cost("exponent-0.25", "0.25", "2"),
            cost("exponent-0.5", "0.5", "2"),
            cost("exponent-1", "1", "2"),
            cost("exponent-2", "2", "2"),
            cost("weight-1", "0.5", "1"),
            cost("weight-4", "0.5", "4"),
            cost("weight-8", "0.5", "8")));
  }

  private static Preset target(
      String name, String description, double probability, double iou, String curve) {
    return row(
        "table7-" + name,
        description,
        join(
            PSL,
            Map.of(
                "model.loss.target.probabilityExponent", Double.toString(probability),
                "model.loss.target.iouExponent", Double.toString(iou),
                "model.loss.target.curve", curve)));
  }

  private static Preset cost(String name, String exponent, String weight) {
    return row(
        "table9-" + name,
        "exponent %s, weight %s".formatted(exponent, weight),
        join(
            PSL,
            PMC,
            Map.of("model.matching.exponent", exponent, "model.matching.classWeight", weight)));
  }

  private static Map<String, String> fusion(String kind) {
    return Map.of("model.transformer.fusion", kind);
  }

  /** All settings; those given later win. */
  @SafeVarargs
  private static Map<String, String> join(Map<String, String>... settings) {
    Map<String, String> all = new TreeMap<>();
    for (Map<String, String> part : settings) {
      all.putAll(part);
    }
    return all;
  }

  private static Preset row(String title, String description, Map<String, String> settings) {
    return new Preset(
        title,
        description,
        numClasses ->
            CocoPresets.twelveEpochs(
                    title, PublishedSystem.DINO.on(BackboneConfig.RESNET_50, numClasses))
                .with(settings));
  }
}
