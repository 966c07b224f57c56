package org.stabledino.nn.io;

import java.util.Map;
import java.util.Set;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** Named tensors that can be read one by one, such as an open checkpoint file. */
public interface TensorSource {

  /**
   * What this source is called in messages.
   *
   * @return such as the path of the file
   */
  String origin();

  /**
   * The names of all tensors.
   *
   * @return in the order of the source
   */
  Set<String> names();

  /**
   * The shape of a tensor, without reading it.
   *
   * @param name one of {@link #names}
   * @return its shape
   */
  Shape shape(String name);

  /**
   * The type a tensor has after reading.
   *
   * @param name one of {@link #names}
   * @return its type
   */
  DType dtype(String name);

  /**
   * Reads a tensor; floating-point types narrower or wider than float32 are converted to it.
   *
   * @param name one of {@link #names}
   * @return a CPU tensor of its own
   */
  Tensor read(String name);

  /**
   * A source over tensors in memory; they are not copied.
   *
   * @param origin what to call it in messages
   * @param tensors by name
   * @return the source
   */
  static TensorSource of(String origin, Map<String, Tensor> tensors) {
    return new TensorSource() {
      @Override
      public String origin() {
        return origin;
      }

      @Override
      public Set<String> names() {
        return tensors.keySet();
      }

      @Override
      public Shape shape(String name) {
        return tensors.get(name).shape();
      }

      @Override
      public DType dtype(String name) {
        return tensors.get(name).dtype();
      }

      @Override
      public Tensor read(String name) {
        return tensors.get(name);
      }
    };
  }

  /**
   * Some tensors of a source under other names.
   *
   * @param source where they are
   * @param names the source's name by the new one
   * @return the source
   */
  static TensorSource renamed(TensorSource source, Map<String, String> names) {
    return new TensorSource() {
      @Override
      public String origin() {
        return source.origin();
      }

      @Override
      public Set<String> names() {
        return names.keySet();
      }

      @Override
      public Shape shape(String name) {
        return source.shape(names.get(name));
      }

      @Override
      public DType dtype(String name) {
        return source.dtype(names.get(name));
      }

      @Override
      public Tensor read(String name) {
        return source.read(names.get(name));
      }
    };
  }
}
