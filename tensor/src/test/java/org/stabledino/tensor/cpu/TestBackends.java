package org.stabledino.tensor.cpu;

/** CPU backends of both providers. */
final class TestBackends {
  static final CpuBackend VECTOR = vector(Parallel.shared());
  static final CpuBackend SCALAR = new CpuBackend(new ScalarProvider(), Parallel.shared());

  private TestBackends() {}

  static CpuBackend vector(Parallel pool) {
    return new CpuBackend(CpuProvider.vector(), pool);
  }
}
