package org.stabledino.tensor.cpu;

import java.lang.System.Logger;

/**
 * The innermost loops of the CPU kernels, in one of two forms.
 *
 * <p>Blocking, broadcasting, threading and shapes are written once, above this interface; only the
 * loops over a row or a panel exist twice: with the Vector API, and as plain Java for a JVM that
 * lacks the incubator module. A call covers many elements, so that its dispatch costs nothing.
 */
interface CpuProvider {

  /** The loops of elementwise kernels. */
  ElementwiseLoops elementwise();

  /** The loops over the rows of softmax and layer normalisation. */
  RowLoops rows();

  /** The loops of group normalisation. */
  ChannelLoops channels();

  /** The loops of matrix products, convolution and dense attention. */
  TileLoops tiles();

  /** The transforms of 3 x 3 convolutions. */
  WinogradLoops winograd();

  /** The loops of deformable attention. */
  SampleLoops samples();

  /** The loops of pooling and resizing. */
  MapLoops maps();

  /** The provider this JVM uses unless a test asks for another. */
  static CpuProvider get() {
    return Chosen.PROVIDER;
  }

  /** The Vector API form; fails where the module is absent. */
  static CpuProvider vector() {
    try {
      // By name: nothing may link against the incubator module before it is known to be there.
      return (CpuProvider)
          Class.forName("org.stabledino.tensor.cpu.VectorProvider")
              .getDeclaredConstructor()
              .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the Vector API kernels cannot be loaded", e);
    }
  }

  /** Whether this JVM was started with the Vector API. */
  static boolean vectorPresent() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
  }

  /** Decides once, on first use. */
  final class Chosen {
    private static final CpuProvider PROVIDER = choose();

    private Chosen() {}

    private static CpuProvider choose() {
      if ("off".equals(System.getProperty("stabledino.simd"))) {
        return new ScalarProvider();
      }
      if (vectorPresent()) {
        return vector();
      }
      System.getLogger(CpuProvider.class.getName())
          .log(
              Logger.Level.WARNING,
              "the Vector API is absent and kernels run many times slower: "
                  + "start java with --add-modules jdk.incubator.vector");
      return new ScalarProvider();
    }
  }
}
