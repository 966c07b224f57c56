package org.stabledino.nn.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.stabledino.nn.testing.Fixtures;
import org.stabledino.tensor.Tensor;

/**
 * Thousands of damaged checkpoints: every one is read or refused by a {@link CheckpointException},
 * within time and memory.
 */
class CheckpointFuzzTest {
  private static final int MUTANTS = 3000;
  private static final Duration LIMIT = Duration.ofSeconds(10);

  /** Larger recordings differ from these in length only. */
  private static final int MAX_SEED_BYTES = 1 << 17;

  @TempDir Path folder;

  @Test
  void everyMutantIsReadOrRefused() throws IOException {
    List<byte[]> seeds = seeds();
    assertThat(seeds).hasSizeGreaterThanOrEqualTo(6);
    Random random = new Random(3);
    Path file = folder.resolve("mutant");
    Map<String, Integer> outcomes = new LinkedHashMap<>();
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(seeds, random);
            Files.write(file, mutant);
            long start = System.nanoTime();
            outcomes.merge(outcome(i, file), 1, Integer::sum);
            if (System.nanoTime() - start > LIMIT.toNanos()) {
              fail("mutant %d took more than %s".formatted(i, LIMIT));
            }
          }
        });
    // Both ends occur often, or the mutations are too mild or too wild to prove anything.
    assertThat(outcomes.get("read")).isGreaterThan(MUTANTS / 20);
    assertThat(outcomes.get("refused")).isGreaterThan(MUTANTS / 4);
  }

  private static String outcome(int index, Path file) {
    try (TensorFile tensors = TensorFile.open(file)) {
      for (String name : tensors.names()) {
        Tensor tensor = tensors.read(name);
        if (!tensor.shape().equals(tensors.shape(name))) {
          fail("mutant %d: tensor '%s' is of another shape than announced".formatted(index, name));
        }
      }
      return "read";
    } catch (CheckpointException e) {
      assertThat(e.getMessage()).as("mutant %d", index).contains(file.toString());
      assertThat(e.getMessage().lines()).as(e.getMessage()).hasSize(1);
      return "refused";
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return fail("mutant %d ends in %s".formatted(index, e), e);
    }
  }

  /** Every recorded checkpoint, and a safetensors file. */
  private List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (String name :
        List.of(
            "mixed_zip.pth",
            "mixed_legacy.pth",
            "mixed_zip_protocol4.pth",
            "mixed.expected.safetensors",
            "must_refuse_global.pth",
            "r50_style_latin1_py2.pkl")) {
      seeds.add(Files.readAllBytes(Fixtures.locate("checkpoint/" + name)));
    }
    // The larger recordings are not among the test resources.
    String all = System.getProperty("fixtures");
    Path folderOfAll = all == null ? null : Path.of(all, "checkpoint");
    if (folderOfAll != null && Files.isDirectory(folderOfAll)) {
      try (Stream<Path> files = Files.list(folderOfAll)) {
        for (Path path : files.sorted().toList()) {
          if (path.toString().matches(".*\\.(pth|pkl|safetensors)")
              && Files.size(path) <= MAX_SEED_BYTES) {
            seeds.add(Files.readAllBytes(path));
          }
        }
      }
    }
    return seeds;
  }

  private static byte[] mutate(List<byte[]> seeds, Random random) {
    byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
    int rounds = 1 + random.nextInt(4);
    for (int i = 0; i < rounds && bytes.length > 8; i++) {
      switch (random.nextInt(7)) {
        case 0 -> bytes[place(bytes, random)] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[place(bytes, random)] = (byte) random.nextInt();
        case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        case 3 -> bytes = splice(bytes, seeds.get(random.nextInt(seeds.size())), random);
        case 4 -> bytes = without(bytes, random);
        case 5 -> hugeNumber(bytes, random);
        default -> {
          int at = place(bytes, random);
          int length = Math.min(random.nextInt(16), bytes.length - at);
          System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
        }
      }
    }
    return bytes;
  }

  /** Half of all changes hit the first or last kilobytes, where structure is. */
  private static int place(byte[] bytes, Random random) {
    int near = Math.min(2000, bytes.length);
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(near);
      case 1 -> bytes.length - 1 - random.nextInt(near);
      default -> random.nextInt(bytes.length);
    };
  }

  private static byte[] splice(byte[] bytes, byte[] other, Random random) {
    int from = random.nextInt(other.length);
    int length = Math.min(random.nextInt(400), other.length - from);
    int at = place(bytes, random);
    ByteBuffer result = ByteBuffer.allocate(bytes.length + length);
    result.put(bytes, 0, at).put(other, from, length).put(bytes, at, bytes.length - at);
    return result.array();
  }

  private static byte[] without(byte[] bytes, Random random) {
    int at = place(bytes, random);
    int length = Math.min(1 + random.nextInt(40), bytes.length - at);
    ByteBuffer result = ByteBuffer.allocate(bytes.length - length);
    result.put(bytes, 0, at).put(bytes, at + length, bytes.length - at - length);
    return result.array();
  }

  private static void hugeNumber(byte[] bytes, Random random) {
    long[] numbers = {-1, Long.MAX_VALUE, Integer.MAX_VALUE, 0xffffffffL, 1L << 40, 0};
    int at = Math.min(place(bytes, random), bytes.length - 8);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(at, numbers[random.nextInt(numbers.length)]);
  }
}
