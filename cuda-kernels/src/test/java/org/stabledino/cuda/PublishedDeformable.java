package org.stabledino.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import jcuda.NativePointerObject;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * The gradients of deformable attention by the published formulation ({@code published.cu}) and by
 * ours, of the same operands on one device.
 */
final class PublishedDeformable {
  private static final int MAX_LEVELS = 8;
  private static final int POINTS = 4;

  private final Backend backend;
  private final CUfunction function = new CUfunction();
  private final CUstream stream = new CUstream();
  private final Levels levels;
  private final Tensor value;
  private final Tensor locations;
  private final Tensor weights;
  private final Tensor gradOut;
  private final Tensor gradValue;
  private final Tensor gradLocations;
  private final Tensor gradWeights;

  /**
   * Operands as an encoder has them: a query is a token, its samples up to four tokens away, some
   * of them outside the map.
   */
  PublishedDeformable(Backend backend, int batch, int heads, int d, Levels levels) {
    this.backend = backend;
    this.levels = levels;
    SplittableRandom random = new SplittableRandom(7);
    int tokens = levels.tokens();
    int samples = levels.count() * POINTS;
    value = backend.upload(uniform(random, batch, tokens, heads, d));
    weights = backend.upload(uniform(random, batch, tokens, heads, levels.count(), POINTS));
    gradOut = backend.upload(uniform(random, batch, tokens, heads * d));
    float[] places = new float[batch * tokens * heads * samples * 2];
    int at = 0;
    for (int image = 0; image < batch; image++) {
      for (int token = 0; token < tokens; token++) {
        float[] centre = centre(token);
        for (int sample = 0; sample < heads * samples; sample++, at += 2) {
          int level = sample % samples / POINTS;
          places[at] = centre[0] + (float) random.nextDouble(-4, 4) / levels.widths()[level];
          places[at + 1] = centre[1] + (float) random.nextDouble(-4, 4) / levels.heights()[level];
        }
      }
    }
    locations = backend.upload(Tensor.of(places, batch, tokens, heads, levels.count(), POINTS, 2));
    gradValue = like(value);
    gradLocations = like(locations);
    gradWeights = like(weights);
  }

  private static Tensor uniform(SplittableRandom random, int... dims) {
    float[] values = new float[Shape.of(dims).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return Tensor.of(values, dims);
  }

  private float[] centre(int token) {
    int level = 0;
    while (token >= levels.start(level + 1)) {
      level++;
    }
    int width = levels.widths()[level];
    int inLevel = token - levels.start(level);
    return new float[] {
      (inLevel % width + 0.5f) / width, (inLevel / width + 0.5f) / levels.heights()[level]
    };
  }

  private Tensor like(Tensor tensor) {
    return backend.empty(DType.FLOAT32, tensor.shape());
  }

  /** Loads the kernel, from the PTX or from what stands for it. */
  PublishedDeformable load() throws IOException {
    CUmodule module = new CUmodule();
    byte[] ptx = ptx().getBytes(StandardCharsets.US_ASCII);
    byte[] image = Arrays.copyOf(ptx, ptx.length + 1);
    Driver.check(JCudaDriver.cuModuleLoadData(module, image), "loading of published.ptx");
    Driver.check(
        JCudaDriver.cuModuleGetFunction(function, module, "publishedDeformableBackward"),
        "publishedDeformableBackward");
    Driver.check(
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING),
        "cuStreamCreate");
    return this;
  }

  /** The committed PTX. */
  static String ptx() throws IOException {
    try (InputStream in = PublishedDeformable.class.getResourceAsStream("published.ptx")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** Queues our gradients. */
  void ours() {
    backend
        .attention()
        .deformableAttentionBackward(
            gradOut, value, levels, locations, weights, gradValue, gradLocations, gradWeights);
  }

  /** Queues the published formulation's. */
  void published() {
    backend.elementwise().fill(gradValue, 0f);
    // The kernel runs on a stream of its own, not on the backend's.
    waitForAll();
    int heads = value.dim(2);
    int d = value.dim(3);
    int[] problem = {locations.dim(1), heads, d, POINTS, levels.tokens()};
    int[] maps = new int[1 + 3 * MAX_LEVELS];
    maps[0] = levels.count();
    for (int level = 0; level < levels.count(); level++) {
      maps[1 + level] = levels.heights()[level];
      maps[1 + MAX_LEVELS + level] = levels.widths()[level];
      maps[1 + 2 * MAX_LEVELS + level] = levels.start(level);
    }
    NativePointerObject[] arguments = {
      Pointer.to(Kernels.pointer(gradOut)),
      Pointer.to(Kernels.pointer(value)),
      Pointer.to(Kernels.pointer(locations)),
      Pointer.to(Kernels.pointer(weights)),
      Pointer.to(maps),
      Pointer.to(problem),
      Pointer.to(Kernels.pointer(gradValue)),
      Pointer.to(Kernels.pointer(gradLocations)),
      Pointer.to(Kernels.pointer(gradWeights))
    };
    int blocks = value.dim(0) * locations.dim(1) * heads;
    Driver.check(
        JCudaDriver.cuLaunchKernel(
            function, blocks, 1, 1, d, 1, 1, 0, stream, Pointer.to(arguments), null),
        "launch of publishedDeformableBackward");
  }

  /** Waits for all streams. */
  static void waitForAll() {
    Driver.check(JCudaDriver.cuCtxSynchronize(), "cuCtxSynchronize");
  }

  /** The gradients that the last of the two has left: of value, locations, weights. */
  float[][] gradients() {
    waitForAll();
    return new float[][] {
      backend.download(gradValue).toFloats(),
      backend.download(gradLocations).toFloats(),
      backend.download(gradWeights).toFloats()
    };
  }
}
