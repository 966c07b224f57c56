package org.stabledino.nn.weights;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.stabledino.nn.io.TensorSource;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/** A source with some tables of relative positions in another size. */
final class ResizedTables implements TensorSource {
  private final TensorSource source;
  private final Map<String, Shape> resized = new LinkedHashMap<>();

  /** A source of which nothing is resized yet. */
  ResizedTables(TensorSource source) {
    this.source = source;
  }

  /** From now on a table has another shape. */
  void resize(String name, Shape shape) {
    resized.put(name, shape);
  }

  @Override
  public String origin() {
    return source.origin();
  }

  @Override
  public Set<String> names() {
    return source.names();
  }

  @Override
  public Shape shape(String name) {
    return resized.containsKey(name) ? resized.get(name) : source.shape(name);
  }

  @Override
  public DType dtype(String name) {
    return source.dtype(name);
  }

  @Override
  public Tensor read(String name) {
    Tensor tensor = source.read(name);
    return resized.containsKey(name) ? PositionTables.resize(tensor, resized.get(name)) : tensor;
  }
}
