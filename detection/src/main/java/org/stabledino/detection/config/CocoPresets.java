package org.stabledino.detection.config;

import java.util.List;
import org.stabledino.detection.model.BackboneConfig;
import org.stabledino.detection.model.StableDinoConfig;
import org.stabledino.nn.backbone.SwinConfig;

/**
 * The published systems on COCO: each system on each backbone for each length of training, named
 * {@code SYSTEM-BACKBONE-SCALES-EPOCHS}. All share one recipe: batches of 16, rate 1e-4 (backbone
 * 1e-5), one drop to a tenth (specification, Sec. 1 and 6).
 */
final class CocoPresets {
  /** Steps an epoch of COCO takes at a batch of 16, as the published schedule counts them. */
  private static final long STEPS_PER_EPOCH = 7500;

  private static final List<Schedule> ONE_TO_THREE =
      List.of(Schedule.ONE, Schedule.TWO, Schedule.THREE);
  private static final List<Schedule> ONE_AND_TWO = List.of(Schedule.ONE, Schedule.TWO);

  private static final List<Backbone> BACKBONES =
      List.of(
          new Backbone(
              "r50-4scale", "ResNet-50, strides 8 to 64", BackboneConfig.RESNET_50, ONE_TO_THREE),
          new Backbone(
              "r50-5scale",
              "ResNet-50, strides 4 to 64",
              BackboneConfig.RESNET_50_FINE,
              ONE_TO_THREE),
          swin("swin-t", "Swin-T of 224 pixels, windows of 7", SwinConfig.Size.TINY),
          swin("swin-s", "Swin-S of 224 pixels, windows of 7", SwinConfig.Size.SMALL),
          swin("swin-b", "Swin-B of 384 pixels, windows of 12", SwinConfig.Size.BASE),
          swin("swin-l", "Swin-L of 384 pixels, windows of 12", SwinConfig.Size.LARGE));

  private CocoPresets() {}

  /** The published lengths of training: 12, 24 and 36 epochs. */
  private enum Schedule {
    ONE(12, 11),
    TWO(24, 20),
    THREE(36, 30);

    final int epochs;
    final int dropEpoch;

    Schedule(int epochs, int dropEpoch) {
      this.epochs = epochs;
      this.dropEpoch = dropEpoch;
    }
  }

  /** A backbone with the number of scales that its maps give, and how long it is trained. */
  private record Backbone(
      String title, String description, BackboneConfig config, List<Schedule> schedules) {}

  private static Backbone swin(String title, String description, SwinConfig.Size size) {
    return new Backbone(title + "-4scale", description, BackboneConfig.swin(size), ONE_AND_TWO);
  }

  /** A system on all backbones for all lengths of training. */
  static PresetGroup of(PublishedSystem system) {
    return new PresetGroup(
        system.label() + " on COCO, batches of 16",
        BACKBONES.stream()
            .flatMap(
                backbone ->
                    backbone.schedules().stream().map(schedule -> of(system, backbone, schedule)))
            .toList());
  }

  private static Preset of(PublishedSystem system, Backbone backbone, Schedule schedule) {
    String title = "%s-%s-%dep".formatted(system.title(), backbone.title(), schedule.epochs);
    String description = "%s, %d epochs".formatted(backbone.description(), schedule.epochs);
    return new Preset(
        title,
        description,
        numClasses -> run(title, system.on(backbone.config(), numClasses), schedule));
  }

  /** The recipe of 12 epochs for another model. */
  static RunConfig twelveEpochs(String title, StableDinoConfig model) {
    return run(title, model, Schedule.ONE);
  }

  private static RunConfig run(String title, StableDinoConfig model, Schedule schedule) {
    return new RunConfig(
        title,
        model,
        DataConfig.detr(),
        OptimizerConfig.published(schedule.dropEpoch, schedule.epochs),
        new TrainConfig(schedule.epochs * STEPS_PER_EPOCH, 16, 60, 0, 20, 5000, 5000, 2),
        new EvalConfig(1));
  }
}
