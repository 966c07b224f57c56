package org.stabledino.nn.io;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.stabledino.nn.io.pickle.UnpicklingException;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * An open file of pickled tensors. Only the pickle was read; the tensors' bytes stay in the mapped
 * file until asked for. Made by {@link TensorFile#open(Path)}.
 */
public final class PickledTensors implements TensorFile {
  private final Path path;
  private final Arena arena;
  private final String format;
  private final String section;
  private final Map<String, StridedTensor> tensors;

  PickledTensors(
      Path path, Arena arena, String format, String section, Map<String, StridedTensor> tensors) {
    this.path = path;
    this.arena = arena;
    this.format = format;
    this.section = section;
    this.tensors = tensors;
  }

  @Override
  public String origin() {
    return path.toString();
  }

  @Override
  public String format() {
    return section.isEmpty() ? format : "%s, section '%s'".formatted(format, section);
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(tensors.keySet());
  }

  @Override
  public Shape shape(String name) {
    return tensor(name).shape();
  }

  @Override
  public DType dtype(String name) {
    return tensor(name).type().dtype();
  }

  @Override
  public FileType type(String name) {
    return tensor(name).type();
  }

  @Override
  public Tensor read(String name) {
    try {
      return tensor(name).read();
    } catch (UnpicklingException e) {
      throw new CheckpointException("%s: tensor '%s' %s".formatted(path, name, e.getMessage()), e);
    }
  }

  private StridedTensor tensor(String name) {
    StridedTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(
          "%s: no tensor '%s' among its %d tensors".formatted(path, name, tensors.size()));
    }
    return tensor;
  }

  @Override
  public void close() {
    arena.close();
  }
}
