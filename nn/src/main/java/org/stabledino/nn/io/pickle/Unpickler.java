package org.stabledino.nn.io.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The stack machine that Python's pickles are written for (protocols 0 to 5), with a list of names
 * instead of imports. An instruction or name that is not on the lists ends the reading; so do
 * lengths beyond the file and more work than a checkpoint can need. Nothing here recurses, so deep
 * nesting and loops cost nothing.
 *
 * {@snippet :
 * Object value = new Unpickler(bytes, 0, CoreGlobals.all(), id -> id).load();
 * }
 */
public final class Unpickler {
  private static final Object MARK = new Object();

  /** Longer strings are no names but bytes in disguise: they stay in the file. */
  private static final int MAX_TEXT = 1 << 16;

  private static final Pattern ESCAPE =
      Pattern.compile("\\\\u(\\p{XDigit}{4})|\\\\U(\\p{XDigit}{8})");

  private static final int MAX_INTEGER_BYTES = 64;
  private static final int MAX_PROTOCOL = 5;

  private final PickleInput input;
  private final Map<String, Global> globals;
  private final UnaryOperator<Object> persistent;
  private final Budget budget = new Budget();
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();

  /**
   * A machine for one pickle.
   *
   * @param bytes a file; they must stay mapped as long as the values are used
   * @param start where the pickle begins
   * @param globals the names it may use, by {@code module.name}
   * @param persistent gives the value for a persistent id, which is data outside the pickle
   */
  public Unpickler(
      MemorySegment bytes,
      long start,
      Map<String, Global> globals,
      UnaryOperator<Object> persistent) {
    this.input = new PickleInput(bytes, start);
    this.globals = globals;
    this.persistent = persistent;
  }

  /**
   * Reads the pickle. Values are null for None, {@link Boolean}, {@link Long}, {@link BigInteger},
   * {@link Double}, {@link String}, {@link PyBytes}, {@link PyList}, {@link PyTuple}, {@link
   * PyDict}, {@link Global}, and what constructions make.
   *
   * @return its value
   * @throws UnpicklingException if it is damaged or asks for anything that is not on the lists
   */
  public Object load() {
    long at = input.position();
    try {
      while (true) {
        at = input.position();
        budget.steps(1);
        int opcode = input.u8();
        if (opcode == '.') {
          return pop();
        }
        execute(opcode);
      }
    } catch (UnpicklingException e) {
      throw new UnpicklingException("the pickle at byte %d %s".formatted(at, e.getMessage()));
    }
  }

  /**
   * Where the pickle ends.
   *
   * @return the byte after it, once it is loaded
   */
  public long position() {
    return input.position();
  }

  private void execute(int opcode) {
    switch (opcode) {
      case 0x80 -> requireProtocol(input.u8());
      case 0x95 -> input.requireLeft(input.i64());
      case 'N' -> push(null);
      case 0x88 -> push(true);
      case 0x89 -> push(false);
      case 'I' -> push(integerOrBoolean(input.word()));
      case 'L' -> push(decimal(input.word().replaceFirst("L$", "")));
      case 'J' -> push((long) input.i32());
      case 'K' -> push((long) input.u8());
      case 'M' -> push((long) input.u16());
      case 0x8a -> push(integer(input.u8()));
      case 0x8b -> push(integer(input.u32()));
      case 'F' -> push(real(input.word()));
      case 'G' -> push(input.f64());
      case 'S' -> push(quoted(input.line()));
      case 'T' -> push(text(input.slice(input.u32()), PyBytes.Encoding.RAW));
      case 'U' -> push(text(input.slice(input.u8()), PyBytes.Encoding.RAW));
      case 'V' -> push(unicode(input.line()));
      case 'X' -> push(text(input.slice(input.u32()), PyBytes.Encoding.UTF_8));
      case 0x8c -> push(text(input.slice(input.u8()), PyBytes.Encoding.UTF_8));
      case 0x8d -> push(text(input.slice(input.i64()), PyBytes.Encoding.UTF_8));
      case 'B' -> push(raw(input.slice(input.u32())));
      case 'C' -> push(raw(input.slice(input.u8())));
      case 0x8e, 0x96 -> push(raw(input.slice(input.i64())));
      case '(' -> push(MARK);
      case ')' -> push(PyTuple.EMPTY);
      case 't' -> push(new PyTuple(popToMark()));
      case 0x85 -> push(new PyTuple(popLast(1)));
      case 0x86 -> push(new PyTuple(popLast(2)));
      case 0x87 -> push(new PyTuple(popLast(3)));
      case ']', 0x8f -> push(new PyList());
      case 'l', 0x91 -> push(append(new PyList(), popToMark()));
      case '}' -> push(new PyDict());
      case 'd' -> push(put(new PyDict(), popToMark()));
      case 'a' -> append(popLast(1));
      case 'e', 0x90 -> append(popToMark());
      case 's' -> put(popLast(2));
      case 'u' -> put(popToMark());
      case '0' -> popAny();
      case '1' -> popToMark();
      case '2' -> push(top());
      case 'p' -> memo.put(index(input.word()), top());
      case 'q' -> memo.put((long) input.u8(), top());
      case 'r' -> memo.put(input.u32(), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'g' -> push(remembered(index(input.word())));
      case 'h' -> push(remembered(input.u8()));
      case 'j' -> push(remembered(input.u32()));
      case 'c' -> push(global(input.word(), input.word()));
      case 0x93 -> pushNamedGlobal();
      case 'R', 0x81 -> call();
      case 'b' -> build();
      case 'Q' -> push(persistent.apply(pop()));
      default -> throw new UnpicklingException(refusal(opcode));
    }
  }

  private static String refusal(int opcode) {
    String name =
        switch (opcode) {
          case 'P' -> "PERSID";
          case 'i' -> "INST";
          case 'o' -> "OBJ";
          case 0x82 -> "EXT1";
          case 0x83 -> "EXT2";
          case 0x84 -> "EXT4";
          case 0x92 -> "NEWOBJ_EX";
          case 0x97 -> "NEXT_BUFFER";
          case 0x98 -> "READONLY_BUFFER";
          default -> null;
        };
    return name == null
        ? "has no instruction 0x%02x; the file is damaged or no pickle".formatted(opcode)
        : "uses the instruction %s, which no checkpoint needs; refused".formatted(name);
  }

  private static void requireProtocol(int version) {
    if (version > MAX_PROTOCOL) {
      throw new UnpicklingException(
          "is of protocol %d; 0 to %d are read".formatted(version, MAX_PROTOCOL));
    }
  }

  // The stack.

  private void push(Object value) {
    stack.add(value);
  }

  private Object popAny() {
    if (stack.isEmpty()) {
      throw new UnpicklingException("takes a value from an empty stack; the file is damaged");
    }
    return stack.removeLast();
  }

  private Object pop() {
    return requireValue(popAny());
  }

  private Object top() {
    Object value = popAny();
    stack.add(value);
    return requireValue(value);
  }

  private static Object requireValue(Object value) {
    if (value == MARK) {
      throw new UnpicklingException("takes a mark for a value; the file is damaged");
    }
    return value;
  }

  private List<Object> popToMark() {
    int mark = stack.lastIndexOf(MARK);
    if (mark < 0) {
      throw new UnpicklingException("lacks a mark; the file is damaged");
    }
    List<Object> above = stack.subList(mark + 1, stack.size());
    List<Object> values = new ArrayList<>(above);
    above.clear();
    stack.removeLast();
    return values;
  }

  private List<Object> popLast(int count) {
    if (stack.size() < count) {
      throw new UnpicklingException("takes a value from an empty stack; the file is damaged");
    }
    List<Object> last = stack.subList(stack.size() - count, stack.size());
    last.forEach(Unpickler::requireValue);
    List<Object> values = new ArrayList<>(last);
    last.clear();
    return values;
  }

  private static long index(String word) {
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException _) {
      throw new UnpicklingException("has the place '%s' that is no number".formatted(word));
    }
  }

  private Object remembered(long index) {
    Object value = memo.get(index);
    if (value == null && !memo.containsKey(index)) {
      throw new UnpicklingException(
          "recalls value %d that was never stored; the file is damaged".formatted(index));
    }
    return value;
  }

  // Numbers and text.

  private static Object integerOrBoolean(String word) {
    return switch (word) {
      case "00" -> false;
      case "01" -> true;
      default -> decimal(word);
    };
  }

  private static Object decimal(String word) {
    try {
      return narrow(new BigInteger(word.strip()));
    } catch (NumberFormatException _) {
      throw new UnpicklingException("has the integer '%s' that is none".formatted(word));
    }
  }

  private Object integer(long length) {
    if (length > MAX_INTEGER_BYTES) {
      throw new UnpicklingException("has an integer of %d bytes; refused".formatted(length));
    }
    byte[] little = input.slice(length).toArray(ValueLayout.JAVA_BYTE);
    byte[] big = new byte[little.length + 1];
    big[0] = (byte) (little.length > 0 && little[little.length - 1] < 0 ? -1 : 0);
    for (int i = 0; i < little.length; i++) {
      big[big.length - 1 - i] = little[i];
    }
    return narrow(new BigInteger(big));
  }

  private static Object narrow(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value;
  }

  private static double real(String word) {
    try {
      return Double.parseDouble(
          switch (word) {
            case "inf" -> "Infinity";
            case "-inf" -> "-Infinity";
            case "nan" -> "NaN";
            default -> word;
          });
    } catch (NumberFormatException _) {
      throw new UnpicklingException("has the number '%s' that is none".formatted(word));
    }
  }

  private Object text(MemorySegment bytes, PyBytes.Encoding encoding) {
    if (bytes.byteSize() > MAX_TEXT) {
      return new PyBytes(bytes, encoding);
    }
    budget.text(bytes.byteSize());
    byte[] copy = bytes.toArray(ValueLayout.JAVA_BYTE);
    return new String(
        copy,
        encoding == PyBytes.Encoding.UTF_8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
  }

  private Object raw(MemorySegment bytes) {
    return new PyBytes(bytes, PyBytes.Encoding.RAW);
  }

  /** A line of characters, of which those above 255 and some others are escaped. */
  private Object unicode(MemorySegment line) {
    if (line.byteSize() > MAX_TEXT) {
      return new PyBytes(line, PyBytes.Encoding.UNICODE_ESCAPE);
    }
    budget.text(line.byteSize());
    String escaped = new String(line.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
    return ESCAPE.matcher(escaped).replaceAll(Unpickler::character);
  }

  private static String character(MatchResult escape) {
    String digits = escape.group(1) == null ? escape.group(2) : escape.group(1);
    int character = Integer.parseUnsignedInt(digits, 16);
    if (!Character.isValidCodePoint(character)) {
      throw new UnpicklingException("has the character %s that is none".formatted(escape.group()));
    }
    return Matcher.quoteReplacement(Character.toString(character));
  }

  private Object quoted(MemorySegment line) {
    long length = line.byteSize();
    byte quote = length < 2 ? 0 : line.get(ValueLayout.JAVA_BYTE, 0);
    if ((quote != '\'' && quote != '"') || line.get(ValueLayout.JAVA_BYTE, length - 1) != quote) {
      throw new UnpicklingException("has a string without quotes; the file is damaged");
    }
    MemorySegment inner = line.asSlice(1, length - 2);
    PyBytes bytes = new PyBytes(inner, PyBytes.Encoding.STRING_ESCAPE);
    if (length > MAX_TEXT) {
      return bytes;
    }
    budget.text(length);
    return bytes.latin1Text();
  }

  // Containers.

  private static PyList append(PyList list, List<Object> values) {
    values.forEach(list::add);
    return list;
  }

  private void append(List<Object> values) {
    if (!(top() instanceof PyList list)) {
      throw new UnpicklingException("appends to something that is no list; the file is damaged");
    }
    append(list, values);
  }

  private static PyDict put(PyDict dictionary, List<Object> keysAndValues) {
    if (keysAndValues.size() % 2 != 0) {
      throw new UnpicklingException("has a key without a value; the file is damaged");
    }
    for (int i = 0; i < keysAndValues.size(); i += 2) {
      dictionary.put(keysAndValues.get(i), keysAndValues.get(i + 1));
    }
    return dictionary;
  }

  private void put(List<Object> keysAndValues) {
    if (!(top() instanceof PyDict dictionary)) {
      throw new UnpicklingException("puts into something that is no dictionary; refused");
    }
    put(dictionary, keysAndValues);
  }

  // Names and calls.

  private Global global(String module, String name) {
    Global global = globals.get(module + "." + name);
    if (global == null) {
      throw new UnpicklingException(
          "asks for %s.%s, which is not among the names that weights need; refused, and nothing of it was executed"
              .formatted(printable(module), printable(name)));
    }
    return global;
  }

  private static String printable(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return line.length() > 100 ? line.substring(0, 100) + "…" : line;
  }

  private void pushNamedGlobal() {
    List<Object> names = popLast(2);
    if (!(names.get(0) instanceof String module) || !(names.get(1) instanceof String name)) {
      throw new UnpicklingException("names a global by something that is no text; refused");
    }
    push(global(module, name));
  }

  private void call() {
    List<Object> both = popLast(2);
    if (!(both.get(0) instanceof Global global) || !(both.get(1) instanceof PyTuple arguments)) {
      throw new UnpicklingException("calls something that is no name; refused");
    }
    try {
      push(global.call(arguments, budget));
    } catch (UnpicklingException e) {
      throw new UnpicklingException("calls %s: %s".formatted(global.name(), e.getMessage()));
    }
  }

  private void build() {
    Object state = pop();
    if (!(top() instanceof Stateful object)) {
      throw new UnpicklingException("gives a state to something that takes none; refused");
    }
    object.setState(state);
  }
}
