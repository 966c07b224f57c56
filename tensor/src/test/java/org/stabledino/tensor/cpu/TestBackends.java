package org.stabledino.tensor.cpu;

/** CPU backends of both providers. */
final class TestBackends {
  static final CpuBackend VECTOR = vector(Parallel.shared());
  static final CpuBackend SCALAR =
      new CpuBackend(
          new ScalarRowLoops(), new ScalarTileLoops(), new ScalarSampleLoops(), Parallel.shared());

  private TestBackends() {}

  static CpuBackend vector(Parallel pool) {
    return new CpuBackend(
        new VectorRowLoops(), new VectorTileLoops(), new VectorSampleLoops(), pool);
  }
}
