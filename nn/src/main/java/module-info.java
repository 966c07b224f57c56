/** Modules, layers, backbones, optimisers and checkpoint files. */
module org.stabledino.nn {
  requires transitive org.stabledino.autograd;
  requires transitive org.stabledino.tensor;
  requires tools.jackson.core;

  exports org.stabledino.nn;
  exports org.stabledino.nn.backbone;
  exports org.stabledino.nn.init;
  exports org.stabledino.nn.io;
  exports org.stabledino.nn.optim;
  exports org.stabledino.nn.weights;
}
