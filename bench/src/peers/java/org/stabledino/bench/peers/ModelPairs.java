package org.stabledino.bench.peers;

import java.util.List;
import java.util.stream.Stream;
import org.stabledino.bench.NamedShape;

/**
 * The whole network, forward and as a training step, beside the same in libtorch; with a Swin-T
 * backbone forward alone.
 */
final class ModelPairs {
  /** The paper's main system on a small picture, and on a usual photo at the paper's size. */
  private static final List<String> SHAPES =
      List.of("r50.small 1x320x512 classes 80", "r50.photo 1x800x1333 classes 80");

  private static final List<String> FORWARD_SHAPES =
      List.of("swint.small 1x320x512 classes 80", "swint.photo 1x800x1333 classes 80");

  private static final double FORWARD_TOLERANCE = 5e-3;
  private static final double GRADIENT_TOLERANCE = 5e-2;

  private ModelPairs() {}

  static Stream<Candidate> all() {
    Stream<Candidate> both =
        SHAPES.stream()
            .flatMap(
                shape ->
                    Stream.of(
                        new Candidate("model.forward", shape, () -> forward(shape)),
                        new Candidate("model.step", shape, () -> step(shape))));
    return Stream.concat(
        both,
        FORWARD_SHAPES.stream()
            .map(shape -> new Candidate("model.forward", shape, () -> forward(shape))));
  }

  private static Pair forward(String shape) {
    WholeModel model = new WholeModel(NamedShape.of(shape), false);
    return new Pair(
        "model.forward",
        shape,
        new Effort(0, 0),
        Goal.speed(2.5),
        FORWARD_TOLERANCE,
        new Contestant(Contestant.JAVA, model::detect, model::ours),
        List.of(new Contestant("libtorch", model::detectByPeer, model::theirs)));
  }

  private static Pair step(String shape) {
    WholeModel model = new WholeModel(NamedShape.of(shape), true);
    return new Pair(
        "model.step",
        shape,
        new Effort(0, 0),
        Goal.speed(2),
        GRADIENT_TOLERANCE,
        new Contestant(Contestant.JAVA, model::step, model::ours),
        List.of(new Contestant("libtorch", model::stepByPeer, model::theirs)));
  }
}
