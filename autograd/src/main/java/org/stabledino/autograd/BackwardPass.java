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

  static void run(Variable root, Tensor gradient) {
    PriorityQueue<Function> queue =
        new PriorityQueue<>(Comparator.comparingLong(Function::order).reversed());
    Set<Function> seen = new HashSet<>();
    // Held to the end, so that nobody adds in place into a tensor that the caller owns.
    gradient.storage().retain();
    root.accumulate(gradient);
    enqueue(root, queue, seen);
    while (!queue.isEmpty()) {
      Function function = queue.poll();
      function.passBack();
      for (Variable input : function.inputs()) {
        if (input != null && input.requiresGrad()) {
          enqueue(input, queue, seen);
        }
      }
    }
    gradient.storage().release();
  }

  /** Queues the creator of a variable that received a gradient. */
  private static void enqueue(
      Variable variable, PriorityQueue<Function> queue, Set<Function> seen) {
    Function creator = variable.creator();
    if (creator != null && variable.hasPending() && seen.add(creator)) {
      queue.add(creator);
    }
  }
}
