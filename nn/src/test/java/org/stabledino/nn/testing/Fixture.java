package org.stabledino.nn.testing;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.stabledino.autograd.Variable;
import org.stabledino.nn.io.SafeTensors;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/** One recording: named tensors and a JSON description. */
public final class Fixture implements AutoCloseable {
  private final SafeTensors file;
  private final Json json;

  private Fixture(SafeTensors file, Json json) {
    this.file = file;
    this.json = json;
  }

  static Fixture open(Path tensors, Path json) {
    return new Fixture(SafeTensors.open(tensors), Json.read(json));
  }

  /** The description. */
  public Json json() {
    return json;
  }

  /** The underlying file. */
  public SafeTensors file() {
    return file;
  }

  /** The keys of the description's {@code cases}, in order. */
  public List<String> caseNames() {
    return json.get("cases").keys();
  }

  /** Names of all tensors, in the file's order. */
  public Set<String> names() {
    return file.names();
  }

  /** Whether there is such a tensor. */
  public boolean has(String name) {
    return file.names().contains(name);
  }

  /** A fresh copy of a tensor; double precision becomes float32. */
  public Tensor tensor(String name) {
    return file.read(name);
  }

  /** A tensor of integers as the int32 that kernels take as indices. */
  public Tensor indices(String name) {
    Tensor tensor = file.read(name);
    if (tensor.dtype() == DType.INT32) {
      return tensor;
    }
    long[] longs = tensor.longs();
    int[] ints = new int[longs.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = Math.toIntExact(longs[i]);
    }
    return Tensor.of(ints, tensor.shape().dims());
  }

  /** A map recorded as [N, C, H, W], turned to [N, H, W, C]. */
  public Tensor nhwc(String name) {
    return Layouts.toNhwc(tensor(name));
  }

  /** A tensor as an input without gradient. */
  public Variable constant(String name) {
    return Variable.constant(tensor(name));
  }

  /** A tensor as an input that collects a gradient. */
  public Variable leaf(String name) {
    return Variable.leaf(tensor(name));
  }

  /** A tensor's elements in double precision. */
  public double[] doubles(String name) {
    return file.readDoubles(name);
  }

  /**
   * All tensors whose name starts with a prefix, by the rest of the name: {@code
   * withPrefix("case0.in.p.")} is a module's state.
   */
  public Map<String, Tensor> withPrefix(String prefix) {
    Map<String, Tensor> result = new LinkedHashMap<>();
    for (String name : file.names()) {
      if (name.startsWith(prefix)) {
        result.put(name.substring(prefix.length()), tensor(name));
      }
    }
    return result;
  }

  @Override
  public void close() {
    file.close();
  }
}
