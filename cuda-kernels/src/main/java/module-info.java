/** The CUDA backend, found by the tensor module through {@link java.util.ServiceLoader}. */
module org.stabledino.cuda {
  requires transitive org.stabledino.tensor;
  requires jcuda;
  requires jcublas;

  exports org.stabledino.cuda;

  provides org.stabledino.tensor.Backend.Provider with
      org.stabledino.cuda.CudaProvider;
}
