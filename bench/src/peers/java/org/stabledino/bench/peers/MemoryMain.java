package org.stabledino.bench.peers;

import org.stabledino.autograd.GradMode;
import org.stabledino.bench.ModelCase;
import org.stabledino.bench.NamedShape;
import org.stabledino.bench.NetworkStep;
import org.stabledino.detection.engine.ProcessMemory;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.cpu.Parallel;

/** What a JVM of {@link PeerMemory} does: one side's work, and how much memory that took. */
public final class MemoryMain {
  /** So often is the work done, so that what the first leaves behind counts. */
  private static final int REPETITIONS = 2;

  private MemoryMain() {}

  /**
   * Works, and prints the peak in bytes.
   *
   * @param args the side, whether to train, and the shape
   */
  public static void main(String[] args) {
    boolean training = Boolean.parseBoolean(args[1]);
    NamedShape shape = NamedShape.of(args[2]);
    System.out.print(
        switch (PeerMemory.Side.valueOf(args[0])) {
          case JAVA -> ofJava(shape, training);
          case LIBTORCH, LIBTORCH_FAST -> ofLibtorch(shape, training);
        });
  }

  /** All that the process ever had: JVM, code, weights, tensors. */
  private static long ofJava(NamedShape shape, boolean training) {
    NetworkStep step = new NetworkStep(shape, Device.CPU);
    ModelCase detector = step.detector();
    detector.model().train(training);
    for (int i = 0; i < REPETITIONS; i++) {
      if (training) {
        step.step(() -> {});
      } else {
        try (GradMode _ = GradMode.noGrad();
            Scope _ = Scope.open()) {
          detector.model().detect(detector.images(), detector.sizes());
        }
      }
    }
    return ProcessMemory.peakBytes().orElseThrow();
  }

  /**
   * The weights, and what its calls added to the process. Neither the JVM around it counts nor the
   * library's code.
   */
  private static long ofLibtorch(NamedShape shape, boolean training) {
    Torch.threads(Parallel.shared().threads());
    WholeModel model = new WholeModel(shape, training);
    ProcessMemory.resetPeak();
    long before = ProcessMemory.peakBytes().orElseThrow();
    for (int i = 0; i < REPETITIONS; i++) {
      if (training) {
        model.stepByPeer();
      } else {
        model.detectByPeer();
      }
    }
    long added = ProcessMemory.peakBytes().orElseThrow() - before;
    return weights(shape) + added;
  }

  private static long weights(NamedShape shape) {
    ModelCase detector = ModelCase.of(shape);
    long values = 0;
    for (Parameter parameter : detector.model().namedParameters().values()) {
      values += parameter.data().size();
    }
    for (Tensor buffer : detector.model().namedBuffers().values()) {
      values += buffer.size();
    }
    return Float.BYTES * values;
  }
}
