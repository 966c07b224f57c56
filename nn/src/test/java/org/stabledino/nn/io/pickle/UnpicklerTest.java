package org.stabledino.nn.io.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Instructions of all protocols, as Python writes them. */
class UnpicklerTest {

  /** Loads a pickle in characters from 0 to 255, one a byte. */
  private static Object load(String latin1) {
    byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
    return new Unpickler(MemorySegment.ofArray(bytes), 0, CoreGlobals.all(), id -> id).load();
  }

  private static List<Object> elements(Object sequence) {
    PySequence values = (PySequence) sequence;
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      list.add(values.get(i));
    }
    return list;
  }

  static Stream<Arguments> scalars() {
    return Stream.of(
        Arguments.of("N.", null),
        Arguments.of("\u0088.", true),
        Arguments.of("I00\n.", false),
        Arguments.of("I-42\n.", -42L),
        Arguments.of("L12L\n.", 12L),
        Arguments.of(
            "L123456789012345678901234567890L\n.",
            new BigInteger("123456789012345678901234567890")),
        Arguments.of("J\u00ff\u00ff\u00ff\u00ff.", -1L),
        Arguments.of("K\u00ff.", 255L),
        Arguments.of("M\u0000\u0080.", 32768L),
        Arguments.of("\u008a\u0002\u0000\u0080.", -32768L),
        Arguments.of("\u008a\u0000.", 0L),
        Arguments.of("\u008b\u0001\u0000\u0000\u0000\u007f.", 127L),
        Arguments.of("F-1.5e3\n.", -1500.0),
        Arguments.of("Finf\n.", Double.POSITIVE_INFINITY),
        Arguments.of("G\u003f\u00f8\u0000\u0000\u0000\u0000\u0000\u0000.", 1.5),
        Arguments.of("S'it\\'s \\x41\\\\'\n.", "it's A\\"),
        Arguments.of("V\\u0436-\\U0001f600-\u00e9\n.", "\u0436-\ud83d\ude00-\u00e9"),
        Arguments.of("T\u0002\u0000\u0000\u0000\u00e9a.", "\u00e9a"),
        Arguments.of("U\u0001\u00e9.", "\u00e9"),
        Arguments.of("X\u0002\u0000\u0000\u0000\u00c3\u00a9.", "\u00e9"),
        Arguments.of("\u0080\u0004\u008c\u0001a.", "a"),
        Arguments.of("K\u0001K\u0002200.", 1L),
        Arguments.of("K\u0001(K\u0002K\u00031.", 1L));
  }

  @ParameterizedTest
  @MethodSource("scalars")
  void scalar(String pickle, Object expected) {
    assertThat(load(pickle)).isEqualTo(expected);
  }

  @Test
  void containers() {
    assertThat(elements(load("(lp0\nI1\naI2\na."))).containsExactly(1L, 2L);
    assertThat(elements(load("](K\u0001K\u0002e."))).containsExactly(1L, 2L);
    assertThat(elements(load("\u008f(K\u0001K\u0002\u0090."))).containsExactly(1L, 2L);
    assertThat(elements(load("(K\u0001\u0091."))).containsExactly(1L);
    assertThat(elements(load("(K\u0001K\u0002t."))).containsExactly(1L, 2L);
    assertThat(elements(load("K\u0001K\u0002K\u0003\u0087."))).containsExactly(1L, 2L, 3L);
    PyDict dictionary = (PyDict) load("(U\u0001aK\u0001d(U\u0001bK\u0002K\u0005Nu.");
    assertThat(dictionary.entries()).containsOnlyKeys("a", "b", 5L).containsEntry("b", 2L);
    PySequence twice = (PySequence) load("]q\u0000h\u0000\u0086.");
    assertThat(twice.get(0)).isSameAs(twice.get(1));
    PySequence remembered =
        (PySequence) load("\u0080\u0004]\u0094}\u0094h\u0000h\u0001\u0086\u0086.");
    assertThat(elements(remembered.get(1)).get(1)).isSameAs(remembered.get(0));
  }

  @Test
  void namesOfPythonsLibrary() {
    String pairs = "](U\u0001aK\u0001\u0086U\u0001bK\u0002\u0086e";
    PyDict ordered = (PyDict) load("ccollections\nOrderedDict\n" + pairs + "\u0085R.");
    assertThat(ordered.entries())
        .containsExactly(java.util.Map.entry("a", 1L), java.util.Map.entry("b", 2L));
    PyDict counter = (PyDict) load("ccollections\nCounter\n}K\u0003K\u0001s\u0085R.");
    assertThat(counter.entries()).containsOnlyKeys(3L);
    Object settings =
        load(
            "ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR"
                + "}U\u0002lrG\u003f\u00f0\u0000\u0000\u0000\u0000\u0000\u0000sb.");
    assertThat(settings).isEqualTo(new PyObject("argparse.Namespace"));
    assertThat(load("cargparse\nNamespace\n)\u0081}b."))
        .isEqualTo(new PyObject("argparse.Namespace"));
    PyBytes encoded =
        (PyBytes)
            load("c_codecs\nencode\nX\u0003\u0000\u0000\u0000a\u00c3\u00bfU\u0006latin1\u0086R.");
    assertThat(encoded.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly('a', 0xff);
  }

  /** Bytes written as text stay in the file, however long; so do their escapes. */
  @Test
  void longTexts() {
    int half = 70_000;
    String encode = "U\u0006latin1\u0086R.";
    PyBytes escaped =
        (PyBytes) load("c_codecs\nencode\nV" + "a\\u00ff".repeat(half) + "\n" + encode);
    assertThat(escaped.size()).isEqualTo(2 * half);
    byte[] bytes = escaped.segment().toArray(ValueLayout.JAVA_BYTE);
    assertThat(bytes[0]).isEqualTo((byte) 'a');
    assertThat(bytes[2 * half - 1]).isEqualTo((byte) 0xff);
    PyBytes quoted = (PyBytes) load("S'" + "\\x00\\n".repeat(half) + "'\n.");
    assertThat(quoted.segment().toArray(ValueLayout.JAVA_BYTE))
        .hasSize(2 * half)
        .startsWith(0, '\n');
    PyBytes wrong = (PyBytes) load("V" + "\\u0436".repeat(half) + "\n.");
    assertThatThrownBy(wrong::size)
        .isInstanceOf(UnpicklingException.class)
        .hasMessageContaining("wrong escape");
  }

  @Test
  void severalPicklesInOneFile() {
    byte[] bytes = "K\u0001.K\u0002.".getBytes(StandardCharsets.ISO_8859_1);
    MemorySegment file = MemorySegment.ofArray(bytes);
    Unpickler first = new Unpickler(file, 0, CoreGlobals.all(), id -> id);
    assertThat(first.load()).isEqualTo(1L);
    assertThat(new Unpickler(file, first.position(), CoreGlobals.all(), id -> id).load())
        .isEqualTo(2L);
  }
}
