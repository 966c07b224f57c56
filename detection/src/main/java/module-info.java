/** Stable-DINO: data, model, matching, losses, training, evaluation and the command line. */
module org.stabledino.detection {
  requires transitive org.stabledino.autograd;
  requires transitive org.stabledino.nn;
  requires transitive org.stabledino.tensor;
  requires info.picocli;
  requires transitive java.desktop;
  requires java.management;
  requires xchart;
  requires me.tongfei.progressbar;
  requires tools.jackson.core;

  exports org.stabledino.detection;
  exports org.stabledino.detection.boxes;
  exports org.stabledino.detection.config;
  exports org.stabledino.detection.data;
  exports org.stabledino.detection.engine;
  exports org.stabledino.detection.evaluation;
  exports org.stabledino.detection.losses;
  exports org.stabledino.detection.matching;
  exports org.stabledino.detection.model;
  exports org.stabledino.detection.postprocess;
  exports org.stabledino.detection.report;
  exports org.stabledino.detection.scenes;
  exports org.stabledino.detection.study;
}
