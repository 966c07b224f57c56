/** Modules, layers, backbones, optimisers and checkpoint files. */
module org.stabledino.nn {
  requires transitive org.stabledino.autograd;
  requires tools.jackson.core;

  exports org.stabledino.nn;
}
