package org.stabledino.tensor.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.ConvolutionKernels;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.ElementwiseKernels;
import org.stabledino.tensor.IndexingKernels;
import org.stabledino.tensor.LossKernels;
import org.stabledino.tensor.MatmulKernels;
import org.stabledino.tensor.NormalizationKernels;
import org.stabledino.tensor.OptimizerKernels;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * A backend that reports every kernel call to a {@link Profile}, then makes it. One proxy for each
 * family, so that a kernel added to a family is counted without a word here.
 */
final class ProfiledBackend implements Backend {
  private final Backend backend;
  private final ElementwiseKernels elementwise;
  private final IndexingKernels indexing;
  private final MatmulKernels matmul;
  private final ConvolutionKernels convolution;
  private final NormalizationKernels normalization;
  private final AttentionKernels attention;
  private final OptimizerKernels optimizer;
  private final LossKernels losses;

  ProfiledBackend(Backend backend, Profile profile) {
    this.backend = backend;
    elementwise = counted(ElementwiseKernels.class, backend.elementwise(), profile);
    indexing = counted(IndexingKernels.class, backend.indexing(), profile);
    matmul = counted(MatmulKernels.class, backend.matmul(), profile);
    convolution = counted(ConvolutionKernels.class, backend.convolution(), profile);
    normalization = counted(NormalizationKernels.class, backend.normalization(), profile);
    attention = counted(AttentionKernels.class, backend.attention(), profile);
    optimizer = counted(OptimizerKernels.class, backend.optimizer(), profile);
    losses = counted(LossKernels.class, backend.losses(), profile);
  }

  private static <F> F counted(Class<F> family, F kernels, Profile profile) {
    return family.cast(
        Proxy.newProxyInstance(
            family.getClassLoader(),
            new Class<?>[] {family},
            (_, method, arguments) -> {
              try (Profile.Visit _ = Profile.kernel(profile, KernelCall.of(method, arguments))) {
                return method.invoke(kernels, arguments);
              } catch (InvocationTargetException failure) {
                throw failure.getCause();
              }
            }));
  }

  @Override
  public Device device() {
    return backend.device();
  }

  @Override
  public Tensor empty(DType dtype, Shape shape) {
    return backend.empty(dtype, shape);
  }

  @Override
  public Tensor upload(Tensor host) {
    return backend.upload(host);
  }

  @Override
  public Tensor download(Tensor tensor) {
    return backend.download(tensor);
  }

  @Override
  public List<Tensor> download(List<Tensor> tensors) {
    return backend.download(tensors);
  }

  @Override
  public void copy(Tensor from, Tensor to) {
    backend.copy(from, to);
  }

  @Override
  public MemoryPeak memoryPeak() {
    return backend.memoryPeak();
  }

  @Override
  public void resetMemoryPeak() {
    backend.resetMemoryPeak();
  }

  @Override
  public boolean mixedPrecision() {
    return backend.mixedPrecision();
  }

  @Override
  public ElementwiseKernels elementwise() {
    return elementwise;
  }

  @Override
  public IndexingKernels indexing() {
    return indexing;
  }

  @Override
  public MatmulKernels matmul() {
    return matmul;
  }

  @Override
  public ConvolutionKernels convolution() {
    return convolution;
  }

  @Override
  public NormalizationKernels normalization() {
    return normalization;
  }

  @Override
  public AttentionKernels attention() {
    return attention;
  }

  @Override
  public OptimizerKernels optimizer() {
    return optimizer;
  }

  @Override
  public LossKernels losses() {
    return losses;
  }
}
