/** Dense tensors, memory by scope, and the backends that compute on them. */
module org.stabledino.tensor {
  requires static jdk.incubator.vector;

  exports org.stabledino.tensor;
  exports org.stabledino.tensor.profile;

  uses org.stabledino.tensor.Backend.Provider;
}
