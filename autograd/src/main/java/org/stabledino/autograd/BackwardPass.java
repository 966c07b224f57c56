package org.stabledino.autograd;

import java.util.Comparator;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import org.stabledino.tensor.Tensor;

/**
 * Walks a graph from its result to its leaves.
 *
 * <p>Functions are visited in the reverse order of their creation. A function's consumers were all
 * created after it, so its gradient is complete when its turn comes.
 */
final class BackwardPass {
  private BackwardPass() {}

  /** Walks the whole graph. */
  static void run(Variable root, Tensor gradient) {
    run(root, gradient, 0);
  }

  /**
   * Walks the part of a graph that was recorded after a moment; variables from before receive their
   * gradient and keep it for the pass that reaches them.
   *
   * @param root the part's result
   * @param gradient of the root
   * @param mark {@link Function#clock} at that moment
   */
  static void run(Variable root, Tensor gradient, long mark) {
    PriorityQueue<Function> queue =
        new PriorityQueue<>(Comparator.comparingLong(Function::order).reversed());
    Set<Function> seen = new HashSet<>();
    // Held to the end, so that nobody adds in place into a tensor that the caller owns.
    gradient.storage().retain();
    try {
      root.accumulate(gradient);
      enqueue(root, mark, queue, seen);
      while (!queue.isEmpty()) {
        Function function = queue.poll();
        function.passBack();
        for (Variable input : function.inputs()) {
          if (input != null && input.requiresGrad()) {
            enqueue(input, mark, queue, seen);
          }
        }
      }
    } finally {
      gradient.storage().unretain();
    }
  }

  /** Queues the creator of a variable that received a gradient. */
  private static void enqueue(
      Variable variable, long mark, PriorityQueue<Function> queue, Set<Function> seen) {
    Function creator = variable.creator();
    if (creator != null && creator.order() > mark && variable.hasPending() && seen.add(creator)) {
      queue.add(creator);
    }
  }
}
