package org.stabledino.bench.peers;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;

import java.util.List;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * oneDNN's matrix product on plain row-major matrices. Its primitive is made once, outside of
 * timing; operands stay in their plain layout, as ours do.
 */
final class Dnnl {
  private static final engine CPU = new engine(engine.kind.cpu, 0);
  private static final stream STREAM = new stream(CPU);

  private Dnnl() {}

  /** A matrix [rows, cols], or the transpose of a stored [cols, rows]. */
  private static memory.desc matrix(int rows, int cols, boolean transposed) {
    return new memory.desc(
        new long[] {rows, cols},
        memory.data_type.f32,
        transposed ? new long[] {1, rows} : new long[] {cols, 1});
  }

  /** {@code out[m, n] = op(a) op(b)} over k; with a bias [n] also {@code relu(... + bias)}. */
  static Runnable product(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      FloatPointer a,
      FloatPointer b,
      FloatPointer bias,
      FloatPointer out) {
    memory.desc left = matrix(m, k, transposeA);
    memory.desc right = matrix(k, n, transposeB);
    memory.desc result = matrix(m, n, false);
    IntMemoryMap arguments = new IntMemoryMap();
    arguments.put(DNNL_ARG_SRC, new memory(left, CPU, a));
    arguments.put(DNNL_ARG_WEIGHTS, new memory(right, CPU, b));
    arguments.put(DNNL_ARG_DST, new memory(result, CPU, out));
    matmul primitive;
    if (bias == null) {
      primitive = new matmul(new matmul.primitive_desc(CPU, left, right, result));
    } else {
      memory.desc row = matrix(1, n, false);
      arguments.put(DNNL_ARG_BIAS, new memory(row, CPU, bias));
      post_ops relu = new post_ops();
      relu.append_eltwise(dnnl.algorithm.eltwise_relu, 0f, 0f);
      primitive_attr attributes = new primitive_attr();
      attributes.set_post_ops(relu);
      primitive =
          new matmul(new matmul.primitive_desc(CPU, left, right, row, result, attributes, false));
    }
    // The collector frees native arrays that nothing in Java refers to.
    List<Pointer> held = bias == null ? List.of(a, b, out) : List.of(a, b, bias, out);
    return new Execution(primitive, arguments, held);
  }

  private record Execution(matmul primitive, IntMemoryMap arguments, List<Pointer> held)
      implements Runnable {
    @Override
    public void run() {
      primitive.execute(STREAM, arguments);
      STREAM._wait();
    }
  }
}
