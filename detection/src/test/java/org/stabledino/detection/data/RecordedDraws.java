package org.stabledino.detection.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.stabledino.detection.data.TestJson.ints;
import static org.stabledino.detection.data.TestJson.list;
import static org.stabledino.detection.data.TestJson.object;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** Gives recorded draws back, and checks that the same kind with the same bounds is asked for. */
final class RecordedDraws implements DrawSource {
  private final Deque<Object> left;

  RecordedDraws(List<?> draws) {
    left = new ArrayDeque<>(draws);
  }

  Deque<Object> left() {
    return left;
  }

  private Map<String, Object> next(String kinds) {
    Map<String, Object> draw = object(left.removeFirst());
    assertThat(kinds).contains(draw.get("kind").toString());
    return draw;
  }

  @Override
  public double uniform() {
    return ((Number) next("rand, uniform").get("value")).doubleValue();
  }

  @Override
  public double uniform(double low, double high) {
    Map<String, Object> draw = next("uniform");
    List<?> args = list(draw.get("args"));
    assertThat(((Number) args.get(0)).doubleValue()).isEqualTo(low);
    assertThat(((Number) args.get(1)).doubleValue()).isEqualTo(high);
    return ((Number) draw.get("value")).doubleValue();
  }

  @Override
  public int integer(int low, int high) {
    Map<String, Object> draw = next("randint");
    int[] args = ints(draw.get("args"));
    assertThat(args).containsExactly(args.length == 1 ? new int[] {high} : new int[] {low, high});
    return ((Number) draw.get("value")).intValue();
  }

  @Override
  public int choice(int... options) {
    Map<String, Object> draw = next("choice");
    assertThat(ints(list(draw.get("args")).getFirst())).containsExactly(options);
    return ((Number) draw.get("value")).intValue();
  }
}
