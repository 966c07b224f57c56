package org.stabledino.cuda;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.stabledino.tensor.Backend;

/** The contract suite of all families on the machine's own GPU: what the stand-in cannot prove. */
@Tag("gpu")
class GpuContractTest {

  @Nested
  class Attention extends CudaAttentionTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class Convolution extends CudaConvolutionTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class Elementwise extends CudaElementwiseTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class Indexing extends CudaIndexingTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class Losses extends CudaLossesTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class MixedPrecision extends CudaMixedPrecisionTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }

    @Override
    protected Backend withoutBlas() {
      return OnGpu.own();
    }
  }

  @Nested
  class Matmul extends CudaMatmulTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class OwnMatmul extends CudaMatmulTest {
    @Override
    protected Backend backend() {
      return OnGpu.own();
    }
  }

  @Nested
  class Normalization extends CudaNormalizationTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }

  @Nested
  class Optimizer extends CudaOptimizerTest {
    @Override
    protected Backend backend() {
      return OnGpu.blas();
    }
  }
}
