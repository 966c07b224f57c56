/** The CUDA backend. */
module org.stabledino.cuda {
  requires transitive org.stabledino.tensor;

  exports org.stabledino.cuda;
}
