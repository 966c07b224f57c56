package org.stabledino.detection.model;

import org.stabledino.detection.model.LossConfig.ClassLoss;
import org.stabledino.detection.model.LossConfig.Rescaling;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.detection.postprocess.PostProcessor;

/**
 * What a detector is made of and how it is trained, apart from optimiser and data.
 *
 * @param numClasses K
 * @param backbone which backbone
 * @param transformer neck and transformer
 * @param denoising denoising queries
 * @param matching the matching cost
 * @param loss the losses
 * @param maskPaddingInEvaluation whether padding is masked outside of training too (paper), or not
 *     (published code)
 * @param postProcessor from predictions to detections
 */
public record StableDinoConfig(
    int numClasses,
    BackboneConfig backbone,
    TransformerConfig transformer,
    DenoisingConfig denoising,
    MatchingConfig matching,
    LossConfig loss,
    boolean maskPaddingInEvaluation,
    PostProcessor postProcessor) {

  /** The number of queries from which on the paper rescales targets to the largest IoU. */
  private static final int MANY_QUERIES = 900;

  /** 300 detections an image and class-wise suppression at an IoU of 0.8, as in the paper. */
  private static final PostProcessor PAPER_POST = new PostProcessor(300, 0.8, 0);

  /**
   * Stable-DINO-4scale on a ResNet-50: the paper's main system.
   *
   * @param numClasses K
   * @return the configuration
   */
  public static StableDinoConfig stableDinoR50(int numClasses) {
    return new StableDinoConfig(
        numClasses,
        BackboneConfig.RESNET_50,
        TransformerConfig.STABLE_DINO,
        DenoisingConfig.CONTRASTIVE,
        MatchingConfig.STABLE,
        LossConfig.STABLE,
        true,
        PAPER_POST);
  }

  /**
   * The baseline: DINO-4scale on a ResNet-50.
   *
   * @param numClasses K
   * @return the configuration
   */
  public static StableDinoConfig dinoR50(int numClasses) {
    return new StableDinoConfig(
        numClasses,
        BackboneConfig.RESNET_50,
        TransformerConfig.STABLE_DINO.withFusion(Fusion.NONE),
        DenoisingConfig.CONTRASTIVE,
        MatchingConfig.DINO,
        LossConfig.DINO,
        true,
        new PostProcessor(300, 1, 0));
  }

  /**
   * A Stable-DINO of about a million parameters that learns from scratch in minutes. Its denoising
   * follows the published code, with which this recipe was measured: negatives are as near as
   * positives, and their classes learn by the position-supervised loss.
   *
   * @param numClasses K
   * @return the configuration
   */
  public static StableDinoConfig small(int numClasses) {
    return new StableDinoConfig(
        numClasses,
        BackboneConfig.SMALL,
        TransformerConfig.SMALL,
        DenoisingConfig.CONTRASTIVE.withQueries(60).withNegativeStep(0),
        MatchingConfig.STABLE,
        LossConfig.STABLE
            .withTarget(TargetForm.SQUARE, Rescaling.ONE)
            .withDenoisingClassLoss(ClassLoss.POSITION_SUPERVISED),
        true,
        new PostProcessor(100, 0.8, 0));
  }

  /**
   * The same detector following the paper or the published code in all six points in which they
   * differ; a detector without the position-supervised loss, such as the baseline, differs only in
   * the mask of padding.
   *
   * @param compat whom to follow
   * @return the changed copy
   */
  public StableDinoConfig with(Compat compat) {
    boolean paper = compat == Compat.PAPER;
    if (loss.classLoss() == ClassLoss.FOCAL) {
      return copy(denoising, matching, loss, paper);
    }
    boolean toLargestIou = paper && transformer.numQueries() >= MANY_QUERIES;
    LossConfig losses =
        loss.withTarget(loss.target(), toLargestIou ? Rescaling.LARGEST_IOU : Rescaling.ONE)
            .withDenoisingClassLoss(paper ? ClassLoss.FOCAL : ClassLoss.POSITION_SUPERVISED)
            .withFiniteLogarithms(paper);
    MatchingConfig cost =
        matching.modulation() == Modulation.NONE
            ? matching
            : matching.withModulation(paper ? Modulation.PAIR : Modulation.LAST_OF_CLASS);
    return copy(denoising.withNegativeStep(paper ? 1 : 0), cost, losses, paper);
  }

  private StableDinoConfig copy(
      DenoisingConfig noise, MatchingConfig cost, LossConfig losses, boolean maskPadding) {
    return new StableDinoConfig(
        numClasses, backbone, transformer, noise, cost, losses, maskPadding, postProcessor);
  }

  /**
   * The same detector with another backbone.
   *
   * @param other the backbone
   * @return the changed copy
   */
  public StableDinoConfig withBackbone(BackboneConfig other) {
    return new StableDinoConfig(
        numClasses,
        other,
        transformer,
        denoising,
        matching,
        loss,
        maskPaddingInEvaluation,
        postProcessor);
  }
}
