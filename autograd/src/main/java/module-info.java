/** Reverse-mode automatic differentiation over the tensors of {@code org.stabledino.tensor}. */
module org.stabledino.autograd {
  requires transitive org.stabledino.tensor;

  exports org.stabledino.autograd;
  exports org.stabledino.autograd.check;
  exports org.stabledino.autograd.ops;
}
