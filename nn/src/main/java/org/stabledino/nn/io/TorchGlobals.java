package org.stabledino.nn.io;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.stabledino.nn.io.pickle.Budget;
import org.stabledino.nn.io.pickle.CoreGlobals;
import org.stabledino.nn.io.pickle.Global;
import org.stabledino.nn.io.pickle.PyList;
import org.stabledino.nn.io.pickle.PyObject;
import org.stabledino.nn.io.pickle.PyTuple;
import org.stabledino.nn.io.pickle.UnpicklingException;
import org.stabledino.tensor.Shape;

/** The names that files of {@code torch.save} use, and what they make. */
final class TorchGlobals {
  /** Storage classes; those of the CUDA module hold the same bytes. */
  private static final Map<String, FileType> STORAGES =
      Map.of(
          "DoubleStorage", FileType.F64,
          "FloatStorage", FileType.F32,
          "HalfStorage", FileType.F16,
          "BFloat16Storage", FileType.BF16,
          "LongStorage", FileType.I64,
          "IntStorage", FileType.I32,
          "ShortStorage", FileType.I16,
          "CharStorage", FileType.I8,
          "ByteStorage", FileType.U8,
          "BoolStorage", FileType.BOOL);

  private static final List<String> DTYPES =
      List.of(
          "float64",
          "float32",
          "float16",
          "bfloat16",
          "int64",
          "int32",
          "int16",
          "int8",
          "uint8",
          "bool");

  /** The names, with those of NumPy and Python's library. */
  static final Map<String, Global> ALL = all();

  private TorchGlobals() {}

  /**
   * Elements outside the pickle.
   *
   * @param type of the elements
   * @param key under which the file holds them
   * @param offset of the first element
   * @param count how many there are
   */
  record Storage(FileType type, String key, long offset, long count) {}

  /**
   * A view of a storage.
   *
   * @param storage holds all its elements
   * @param offset of the first
   * @param shape of the view
   * @param strides in elements
   */
  record View(Storage storage, long offset, Shape shape, long[] strides) {}

  private static Map<String, Global> all() {
    Map<String, Global> globals = CoreGlobals.all();
    NumpyGlobals.addTo(globals);
    for (String type : STORAGES.keySet()) {
      globals.put("torch." + type, Global.inert("torch." + type));
      globals.put("torch.cuda." + type, Global.inert("torch.cuda." + type));
    }
    DTYPES.forEach(type -> globals.put("torch." + type, Global.inert("torch." + type)));
    for (String type : List.of("torch.Tensor", "torch.nn.parameter.Parameter")) {
      globals.put(type, Global.inert(type));
    }
    add(globals, "torch._utils._rebuild_tensor", (arguments, _) -> view(arguments, 4, 4));
    add(globals, "torch._utils._rebuild_tensor_v2", (arguments, _) -> view(arguments, 5, 7));
    add(globals, "torch._utils._rebuild_parameter", (arguments, _) -> inner(arguments));
    add(globals, "torch._utils._rebuild_parameter_with_state", (arguments, _) -> inner(arguments));
    add(globals, "torch._tensor._rebuild_from_type_v2", TorchGlobals::ofType);
    add(globals, "torch.Size", (arguments, _) -> arguments.get(0));
    add(globals, "torch.device", (_, _) -> new PyObject("torch.device"));
    return Map.copyOf(globals);
  }

  private static void add(
      Map<String, Global> globals, String name, Global.Construction construction) {
    globals.put(name, new Global(name, construction));
  }

  /** (storage, offset, shape, strides), then whether it needs gradients, hooks and metadata. */
  private static View view(PyTuple arguments, int least, int most) {
    arguments.requireSize(least, most);
    Storage storage = arguments.get(0, Storage.class, "a storage");
    long offset = arguments.integer(1);
    long[] dims = arguments.naturals(2, Extents.MAX_RANK);
    long[] strides = arguments.naturals(3, Extents.MAX_RANK);
    Shape shape =
        Extents.shape(dims)
            .orElseThrow(() -> new UnpicklingException("a tensor is larger than 2^31 elements"));
    if (strides.length != dims.length || offset < 0) {
      throw new UnpicklingException("shape, strides and offset do not fit each other");
    }
    long reach = StridedTensor.reach(offset, shape, strides);
    if (reach < 0 || reach > storage.count) {
      throw new UnpicklingException(
          "a tensor of shape %s needs more elements than the %d of its storage '%s'"
              .formatted(shape, storage.count, storage.key));
    }
    return new View(storage, offset, shape, strides);
  }

  /** A parameter is its tensor. */
  private static Object inner(PyTuple arguments) {
    arguments.requireSize(3, 4);
    return arguments.get(0, View.class, "a tensor");
  }

  /** (function, type, arguments, state): how tensors with attributes are written. */
  private static Object ofType(PyTuple arguments, Budget budget) {
    arguments.requireSize(4, 4);
    Global function = arguments.get(0, Global.class, "a function");
    if (!function.name().startsWith("torch._utils._rebuild_")) {
      throw new UnpicklingException("rebuilds a tensor with " + function.name());
    }
    return function.construction().construct(arguments.get(2, PyTuple.class, "a tuple"), budget);
  }

  /** The storage that a persistent id stands for: ('storage', class, key, place, count, view). */
  static Storage storage(Object id) {
    if (!(id instanceof PyTuple tuple)
        || tuple.size() < 5
        || tuple.size() > 6
        || !"storage".equals(tuple.get(0))) {
      throw new UnpicklingException("refers to outside data that is no storage; refused");
    }
    Global type = tuple.get(1, Global.class, "a storage class");
    FileType elements = STORAGES.get(type.name().substring(type.name().lastIndexOf('.') + 1));
    if (elements == null) {
      throw new UnpicklingException("has a storage of %s; refused".formatted(type.name()));
    }
    String key = tuple.get(2, String.class, "a key");
    long count = tuple.integer(4);
    if (count < 0) {
      throw new UnpicklingException("has a storage of %d elements".formatted(count));
    }
    if (tuple.size() == 5 || tuple.get(5) == null) {
      return new Storage(elements, key, 0, count);
    }
    // Before PyTorch 0.4 a storage could be a part of another: (key, offset, count).
    PyTuple part = tuple.get(5, PyTuple.class, "a part");
    part.requireSize(3, 3);
    long offset = part.integer(1);
    long size = part.integer(2);
    if (offset < 0 || size < 0 || offset > count - size) {
      throw new UnpicklingException("has a part of a storage that lies outside it");
    }
    return new Storage(elements, key, offset, size);
  }

  /** The keys of a legacy file's storages, in the order of their bytes. */
  static List<String> keys(Object value) {
    if (!(value instanceof PyList list)) {
      throw new UnpicklingException("the list of storages is no list; the file is damaged");
    }
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      if (!(list.get(i) instanceof String key)) {
        throw new UnpicklingException("a storage's key is no text; the file is damaged");
      }
      keys.add(key);
    }
    return keys;
  }
}
