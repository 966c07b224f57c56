package org.stabledino.detection.testing;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Damages files in ways that files are damaged, and in ways that attackers think of. */
public final class Mutator {
  private static final Pattern ANYTHING =
      Pattern.compile(
          "\"(?:[^\"\\\\]++|\\\\.)*+\"|-?[0-9][0-9.eE+-]*|[\\[\\]{}:,]|true|false|null");

  private static final Pattern VALUE =
      Pattern.compile(
          "(?<=[:\\[,] ?)(?:\"(?:[^\"\\\\]++|\\\\.)*+\"(?!:)|-?[0-9][0-9.eE+-]*|true|false|null)");

  private static final List<String> TOKENS =
      List.of(
          "null",
          "true",
          "-1",
          "0",
          "-0.0",
          "1e999",
          "-1e999",
          "1e-999",
          "NaN",
          "-Infinity",
          "2147483648",
          "9223372036854775807",
          "-9223372036854775808",
          "9223372036854775808",
          "1.5",
          "17.0",
          "7".repeat(400),
          "7".repeat(4000) + "e9",
          "0.".concat("3".repeat(2000)),
          "[]",
          "{}",
          "[1,2,3,4]",
          "[[1,2,3,4,5,6]]",
          "[[],[1]]",
          "{\"size\":[46340,46340],\"counts\":[2147395600]}",
          "{\"size\":[100000,100000],\"counts\":[2147483647]}",
          "{\"size\":[30,40],\"counts\":\"oooo~~~~\"}",
          "{\"size\":[30,40],\"counts\":[1200]}",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"..\"",
          "\"/\"",
          "\"a\\nb\"",
          "\"" + "x".repeat(3000) + "\"",
          "\"\u00e9\u4e2d\ud83d\ude00\"",
          "[".repeat(100_000),
          "{\"a\":".repeat(20_000),
          "[".repeat(300) + "]".repeat(300),
          ",",
          ":",
          "\"",
          "\\");

  private final Random random;

  /**
   * Damages in one way.
   *
   * @param seed which way
   */
  public Mutator(long seed) {
    random = new Random(seed);
  }

  /**
   * Replaces, removes or repeats a few tokens of a JSON text, or damages its bytes.
   *
   * @param text sound JSON
   * @return probably no longer sound
   */
  public byte[] json(String text) {
    String damaged = text;
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      damaged = replaceToken(damaged);
    }
    byte[] bytes = damaged.getBytes(StandardCharsets.UTF_8);
    return random.nextInt(6) == 0 ? bytes(bytes) : bytes;
  }

  private String replaceToken(String text) {
    // Values break what a file means, punctuation only its syntax: more often values.
    Matcher matcher = (random.nextInt(4) == 0 ? ANYTHING : VALUE).matcher(text);
    int count = (int) matcher.results().count();
    if (count == 0) {
      return text;
    }
    matcher.reset();
    for (int skip = random.nextInt(count); skip >= 0; skip--) {
      matcher.find();
    }
    String token =
        switch (random.nextInt(8)) {
          case 0 -> "";
          case 1 -> matcher.group() + matcher.group();
          case 2 -> matcher.group() + "," + matcher.group();
          default -> TOKENS.get(random.nextInt(TOKENS.size()));
        };
    return text.substring(0, matcher.start()) + token + text.substring(matcher.end());
  }

  /**
   * Flips, removes, repeats, inserts or cuts off bytes.
   *
   * @param original stays as it is
   * @return a damaged copy
   */
  public byte[] bytes(byte[] original) {
    byte[] bytes = original.clone();
    for (int i = 1 + random.nextInt(4); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      int length = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 4 : 200));
      switch (random.nextInt(7)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> Arrays.fill(bytes, at, at + length, (byte) (random.nextBoolean() ? 0xFF : 0));
        case 3 -> bytes = join(bytes, at, new byte[0], at + length);
        case 4 ->
            bytes =
                join(bytes, at + length, Arrays.copyOfRange(bytes, at, at + length), at + length);
        case 5 -> {
          byte[] inserted = new byte[length];
          random.nextBytes(inserted);
          bytes = join(bytes, at, inserted, at);
        }
        default -> bytes = Arrays.copyOf(bytes, at);
      }
    }
    return bytes;
  }

  private static byte[] join(byte[] bytes, int head, byte[] middle, int tail) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(bytes, 0, head);
    out.writeBytes(middle);
    out.write(bytes, tail, bytes.length - tail);
    return out.toByteArray();
  }
}
