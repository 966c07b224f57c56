package org.stabledino.nn.testing;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.zip.CRC32;
import org.stabledino.nn.Module;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/**
 * Weights and images that follow from a formula, so that recordings of full-size models need not
 * hold them; described in the recordings' own notes.
 */
public final class Formula {
  private Formula() {}

  /**
   * Fills parameters and buffers by their names; integers keep their values.
   *
   * @param module the model, or a part of it
   * @param prefix what comes before the part's paths in the official names, such as {@code
   *     backbone.}
   */
  public static void fill(Module module, String prefix) {
    fill(module, prefix, "");
  }

  /**
   * The same with other numbers.
   *
   * @param module the model, or a part of it
   * @param prefix what comes before the part's paths in the official names
   * @param hashPrefix what comes before the official names where they are hashed
   */
  public static void fill(Module module, String prefix, String hashPrefix) {
    for (Map.Entry<String, Tensor> entry : module.stateDict().entrySet()) {
      if (entry.getValue().dtype() == DType.FLOAT32) {
        String name = shortName(prefix + entry.getKey());
        fill(name, fnv(hashPrefix + name), entry.getValue());
      }
    }
    module.notifyStateChanged();
  }

  /**
   * The name that is hashed of a parameter that has two: the heads also belong to the decoder.
   *
   * @param name any official name
   */
  public static String shortName(String name) {
    return name.replaceFirst("^transformer\\.decoder\\.(class|bbox)_embed\\.", "$1_embed.");
  }

  private static void fill(String name, long hash, Tensor tensor) {
    double fan = tensor.rank() > 1 ? tensor.size() / (double) tensor.dim(0) : 1;
    for (int i = 0; i < tensor.size(); i++) {
      double u = (mix(hash + i) >>> 40) / 8388608.0 - 1;
      tensor.floats()[tensor.offset() + i] = (float) value(name, tensor.rank(), fan, u);
    }
  }

  private static double value(String name, int rank, double fan, double u) {
    if (name.endsWith("running_mean")) {
      return 0.1 * u;
    }
    if (name.endsWith("running_var")) {
      return 1 + 0.1 * Math.abs(u);
    }
    if (name.equals("transformer.level_embeds")
        || name.equals("transformer.tgt_embed.weight")
        || name.equals("label_enc.weight")
        || name.endsWith("relative_position_bias_table")) {
      return u;
    }
    if (rank > 1) {
      boolean backboneConvolution =
          rank == 4 && name.startsWith("backbone.") && !name.startsWith("backbone.patch_embed");
      return Math.sqrt((backboneConvolution ? 6 : 3) / fan) * u;
    }
    return name.endsWith("bias") ? 0.02 * u : 1 + 0.1 * u;
  }

  /**
   * An image.
   *
   * @param tag its tag
   * @param height rows
   * @param width columns
   * @return bytes 0 to 255, shape [3, height, width], RGB
   */
  public static Tensor image(String tag, int height, int width) {
    long block = fnv(tag + ".block");
    long noise = fnv(tag + ".noise");
    int rows = Math.ceilDiv(height, 16);
    int columns = Math.ceilDiv(width, 16);
    byte[] bytes = new byte[3 * height * width];
    for (int c = 0; c < 3; c++) {
      for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
          long coarse = mix(block + ((long) c * rows + y / 16) * columns + x / 16) >>> 56;
          long fine = mix(noise + ((long) c * height + y) * width + x) >>> 56;
          bytes[(c * height + y) * width + x] = (byte) ((3 * coarse + fine) / 4);
        }
      }
    }
    return Tensor.of(DType.UINT8, bytes, 3, height, width);
  }

  /** The CRC-32 of an image's bytes. */
  public static long crc(Tensor image) {
    CRC32 crc = new CRC32();
    crc.update(image.bytes());
    return crc.getValue();
  }

  private static long fnv(String name) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  private static long mix(long x) {
    long z = x + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
