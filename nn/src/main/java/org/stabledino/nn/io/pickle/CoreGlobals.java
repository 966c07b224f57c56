package org.stabledino.nn.io.pickle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Names of Python's own library that checkpoints hold besides tensors. */
public final class CoreGlobals {
  private CoreGlobals() {}

  /**
   * The names.
   *
   * @return by {@code module.name}; a new map
   */
  public static Map<String, Global> all() {
    Map<String, Global> globals = new HashMap<>();
    add(globals, "collections.OrderedDict", CoreGlobals::dictionary);
    add(globals, "collections.Counter", CoreGlobals::dictionary);
    add(globals, "collections.defaultdict", (_, _) -> new PyDict());
    add(globals, "_codecs.encode", CoreGlobals::encode);
    for (String builtins : List.of("builtins", "__builtin__")) {
      add(globals, builtins + ".set", CoreGlobals::list);
      add(globals, builtins + ".frozenset", CoreGlobals::list);
      add(globals, builtins + ".dict", CoreGlobals::dictionary);
      add(globals, builtins + ".list", CoreGlobals::list);
      add(globals, builtins + ".bytearray", CoreGlobals::byteArray);
      for (String inert : List.of("int", "float", "bool", "str", "object")) {
        globals.put(builtins + "." + inert, Global.inert(builtins + "." + inert));
      }
    }
    // Original DETR-style training scripts keep their arguments beside the weights.
    add(globals, "argparse.Namespace", (_, _) -> new PyObject("argparse.Namespace"));
    for (String module : List.of("copyreg", "copy_reg")) {
      add(globals, module + "._reconstructor", CoreGlobals::reconstruct);
    }
    return globals;
  }

  private static void add(
      Map<String, Global> globals, String name, Global.Construction construction) {
    globals.put(name, new Global(name, construction));
  }

  /** From nothing, a dictionary, or a sequence of pairs. */
  private static Object dictionary(PyTuple arguments, Budget budget) {
    arguments.requireSize(0, 1);
    PyDict dictionary = new PyDict();
    if (arguments.size() == 0) {
      return dictionary;
    }
    if (arguments.get(0) instanceof PyDict other) {
      budget.steps(other.entries().size());
      other.entries().forEach(dictionary::put);
      return dictionary;
    }
    PySequence pairs = arguments.get(0, PySequence.class, "a sequence of pairs");
    budget.steps(pairs.size());
    for (int i = 0; i < pairs.size(); i++) {
      if (!(pairs.get(i) instanceof PySequence pair) || pair.size() != 2) {
        throw new UnpicklingException("argument 0 holds something that is no pair");
      }
      dictionary.put(pair.get(0), pair.get(1));
    }
    return dictionary;
  }

  private static Object list(PyTuple arguments, Budget budget) {
    arguments.requireSize(0, 1);
    PyList list = new PyList();
    if (arguments.size() == 1) {
      PySequence elements = arguments.get(0, PySequence.class, "a sequence");
      budget.steps(elements.size());
      for (int i = 0; i < elements.size(); i++) {
        list.add(elements.get(i));
      }
    }
    return list;
  }

  /** How protocol 2 writes bytes: as text and the name of an encoding. */
  private static Object encode(PyTuple arguments, Budget budget) {
    arguments.requireSize(2, 2);
    String encoding = arguments.get(1, String.class, "an encoding's name");
    if (!encoding.equals("latin1") && !encoding.equals("latin-1")) {
      throw new UnpicklingException(
          "asks for the encoding %s; only latin1 is read".formatted(PyTuple.describe(encoding)));
    }
    return bytes(arguments.get(0));
  }

  private static Object byteArray(PyTuple arguments, Budget budget) {
    arguments.requireSize(0, 2);
    return arguments.size() == 0 ? PyBytes.latin1("") : bytes(arguments.get(0));
  }

  private static PyBytes bytes(Object value) {
    return switch (value) {
      case PyBytes bytes -> bytes;
      case String text -> PyBytes.latin1(text);
      case null, default ->
          throw new UnpicklingException(
              "argument 0 is %s instead of text".formatted(PyTuple.describe(value)));
    };
  }

  /** How protocols 0 and 1 make an object: its class, {@code object}, None. */
  private static Object reconstruct(PyTuple arguments, Budget budget) {
    arguments.requireSize(3, 3);
    Global type = arguments.get(0, Global.class, "a class");
    if (!type.name().equals("argparse.Namespace")) {
      throw new UnpicklingException("makes an object of " + type.name());
    }
    return type.call(PyTuple.EMPTY, budget);
  }
}
