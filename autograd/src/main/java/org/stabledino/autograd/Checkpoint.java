package org.stabledino.autograd;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * A part of a network as one function that keeps its result and nothing else (Chen et al. 2016,
 * "Training deep nets with sublinear memory cost").
 *
 * <p>The forward pass records the part, notes which variables from outside it reads, and takes the
 * graph apart again. The backward pass records it once more and walks the new graph down to those
 * variables. Both times the same code runs on the same numbers, and contributions arrive in the
 * same order as without, so the gradients are the same bit for bit.
 */
final class Checkpoint extends Function {
  private final Supplier<Variable> part;
  private final Tensor value;

  private Checkpoint(Supplier<Variable> part, Tensor value, Set<Variable> inputs) {
    super(inputs.toArray(Variable[]::new));
    this.part = part;
    this.value = value;
  }

  /**
   * Computes a part while recording.
   *
   * @param part computes the result, twice, with the same numbers each time
   * @return the result; what it was computed from inside the part is free again
   */
  static Variable apply(Supplier<Variable> part) {
    long mark = Function.clock();
    try (Scope scope = Scope.open()) {
      Variable result = part.get();
      Tensor value = scope.keep(result.data());
      if (!madeAfter(mark, result)) {
        return result; // nothing in it is differentiated: frozen layers
      }
      Set<Function> inside = new HashSet<>();
      Set<Variable> inputs = new LinkedHashSet<>();
      explore(result.creator(), mark, inside, inputs);
      value.storage().retain();
      inside.forEach(Function::abandon);
      Variable output = new Checkpoint(part, value, inputs).run();
      value.storage().release();
      return output;
    }
  }

  private static boolean madeAfter(long mark, Variable variable) {
    return variable.creator() != null && variable.creator().order() > mark;
  }

  /** Finds the functions of a part and the differentiable variables that it reads. */
  private static void explore(
      Function result, long mark, Set<Function> inside, Set<Variable> inputs) {
    Deque<Function> open = new ArrayDeque<>();
    open.push(result);
    inside.add(result);
    while (!open.isEmpty()) {
      for (Variable input : open.pop().inputs()) {
        if (input == null || !input.requiresGrad()) {
          continue;
        }
        if (!madeAfter(mark, input)) {
          inputs.add(input);
        } else if (inside.add(input.creator())) {
          open.push(input.creator());
        }
      }
    }
  }

  @Override
  protected Tensor forward() {
    return value;
  }

  @Override
  protected void backward(Tensor gradOut) {
    long mark = Function.clock();
    try (Scope scope = Scope.open();
        GradMode _ = GradMode.set(true)) {
      BackwardPass.run(part.get(), gradOut, mark);
      for (Variable input : inputs()) {
        input.keepPending(scope);
      }
    }
  }
}
