package org.stabledino.nn.io;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.stabledino.nn.io.pickle.Global;
import org.stabledino.nn.io.pickle.PyBytes;
import org.stabledino.nn.io.pickle.PyObject;
import org.stabledino.nn.io.pickle.PyTuple;
import org.stabledino.nn.io.pickle.Stateful;
import org.stabledino.nn.io.pickle.UnpicklingException;
import org.stabledino.tensor.Shape;

/** The names that pickled NumPy arrays use, and what they make. */
final class NumpyGlobals {
  private static final Map<String, FileType> TYPES =
      Map.of(
          "f8", FileType.F64,
          "f4", FileType.F32,
          "f2", FileType.F16,
          "i8", FileType.I64,
          "i4", FileType.I32,
          "i2", FileType.I16,
          "i1", FileType.I8,
          "u1", FileType.U8,
          "b1", FileType.BOOL);

  private NumpyGlobals() {}

  /** Adds the names to a list of others. */
  static void addTo(Map<String, Global> globals) {
    globals.put("numpy.ndarray", Global.inert("numpy.ndarray"));
    add(globals, "numpy.dtype", NumpyGlobals::type);
    // NumPy 2 renamed the package.
    for (String core : List.of("numpy.core.", "numpy._core.")) {
      add(globals, core + "multiarray._reconstruct", _ -> new Array());
      add(globals, core + "multiarray.scalar", _ -> new PyObject("numpy scalar"));
      add(globals, core + "numeric._frombuffer", NumpyGlobals::fromBuffer);
    }
  }

  private interface Maker {
    Object make(PyTuple arguments);
  }

  private static void add(Map<String, Global> globals, String name, Maker maker) {
    globals.put(name, new Global(name, (arguments, _) -> maker.make(arguments)));
  }

  /** An element type; of those that no tensor has only the name is kept. */
  static final class Type implements Stateful {
    private final String name;
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    private Type(String name) {
      this.name = name;
    }

    private FileType elements() {
      return TYPES.get(name);
    }

    /** (version, order of bytes, …); the rest describes records. */
    @Override
    public void setState(Object state) {
      if (!(state instanceof PyTuple tuple) || tuple.size() < 2) {
        throw new UnpicklingException("gives an element type a state that is none");
      }
      order = order(tuple.get(1, String.class, "an order of bytes"));
    }
  }

  private static ByteOrder order(String mark) {
    return mark.equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }

  /** (name, align, copy). */
  private static Object type(PyTuple arguments) {
    arguments.requireSize(1, 3);
    String name = arguments.get(0, String.class, "an element type's name");
    boolean marked = !name.isEmpty() && "<>=|".indexOf(name.charAt(0)) >= 0;
    Type type = new Type(marked ? name.substring(1) : name);
    if (marked) {
      type.order = order(name.substring(0, 1));
    }
    return type;
  }

  /** An array; without content until its state is set. */
  static final class Array implements Stateful {
    private Type type;
    private Shape shape;
    private boolean columnMajor;
    private PyBytes data;

    private Array() {}

    /** (version, shape, element type, whether column-major, content). */
    @Override
    public void setState(Object state) {
      if (!(state instanceof PyTuple tuple) || tuple.size() != 5) {
        throw new UnpicklingException("gives an array a state that is none");
      }
      boolean order = tuple.get(3, Boolean.class, "True or False");
      set(tuple, 1, tuple.get(2, Type.class, "an element type"), order, tuple.get(4));
    }

    private void set(PyTuple from, int at, Type elements, boolean columns, Object content) {
      type = elements;
      shape =
          Extents.shape(from.naturals(at, Extents.MAX_RANK))
              .orElseThrow(() -> new UnpicklingException("an array is larger than 2^31 elements"));
      columnMajor = columns;
      data =
          switch (content) {
            case PyBytes bytes -> bytes;
            case String text -> PyBytes.latin1(text);
            case null, default -> null;
          };
      if (data == null || type.elements() == null) {
        return; // Arrays of objects or text are let through, but are no tensors.
      }
      long needed = (long) shape.size() * type.elements().bytes();
      if (data.size() != needed) {
        throw new UnpicklingException(
            "has an array of type %s and shape %s with %d bytes instead of %d"
                .formatted(type.name, shape, data.size(), needed));
      }
    }

    /** This array as a tensor. */
    StridedTensor tensor() {
      if (data == null || type.elements() == null) {
        throw new UnpicklingException(
            "is an array of NumPy's type %s; read are f8 f4 f2 i8 i4 i2 i1 u1 b1"
                .formatted(type == null ? "none" : type.name));
      }
      long[] strides = StridedTensor.rowMajor(shape);
      if (columnMajor) {
        long stride = 1;
        for (int axis = 0; axis < strides.length; axis++) {
          strides[axis] = stride;
          stride *= Math.max(shape.dim(axis), 1);
        }
      }
      return new StridedTensor(type.elements(), type.order, data::segment, 0, shape, strides);
    }
  }

  /** (bytes, element type, shape, 'C' or 'F'): how protocol 5 writes arrays. */
  private static Object fromBuffer(PyTuple arguments) {
    arguments.requireSize(4, 4);
    Array array = new Array();
    boolean columns = arguments.get(3, String.class, "an order of axes").equals("F");
    Type type = arguments.get(1, Type.class, "an element type");
    array.set(arguments, 2, type, columns, arguments.get(0));
    return array;
  }
}
