package org.stabledino.bench.ladder;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Param;
import org.stabledino.bench.Ladder;

/** Which ladders there are, in the order in which they are best read. */
final class Ladders {
  static final Map<String, Class<? extends Ladder>> ALL = all();

  private Ladders() {}

  private static Map<String, Class<? extends Ladder>> all() {
    Map<String, Class<? extends Ladder>> all = new LinkedHashMap<>();
    all.put("gemm", GemmLadder.class);
    all.put("convolution", ConvolutionLadder.class);
    all.put("deformable attention", DeformableLadder.class);
    all.put("deformable attention, gradients", DeformableGradientLadder.class);
    all.put("softmax", SoftmaxLadder.class);
    all.put("attention", AttentionLadder.class);
    all.put("layer norm", LayerNormLadder.class);
    all.put("GELU", GeluLadder.class);
    all.put("AdamW", AdamWLadder.class);
    return Collections.unmodifiableMap(all);
  }

  /** The rungs' methods, from the definition upwards. */
  static List<Method> rungs(Class<? extends Ladder> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> method.isAnnotationPresent(Rung.class))
        .sorted(Comparator.comparing(method -> method.getAnnotation(Rung.class).value()))
        .toList();
  }

  /** The shape that is measured; the ones before it are for tests. */
  static String shape(Class<? extends Ladder> type) {
    try {
      String[] shapes = type.getField("shape").getAnnotation(Param.class).value();
      return shapes[shapes.length - 1];
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(type + " has no field shape", e);
    }
  }

  /** A ladder at the shape that is measured, without operands. */
  static Ladder atFullSize(Class<? extends Ladder> type) {
    try {
      Ladder ladder = type.getConstructor().newInstance();
      type.getField("shape").set(ladder, shape(type));
      return ladder;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(type + " cannot be made", e);
    }
  }
}
