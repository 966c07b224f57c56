package org.stabledino.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Bounds the life of the tensors made inside it, such as those of one training step.
 *
 * {@snippet :
 * try (Scope step = Scope.open()) {
 *   Tensor result = forward(batch);
 *   log(result.item());
 * } // every tensor made since open() gave its memory back to the pool
 * }
 *
 * <p>Scopes nest and belong to the thread that opened them. {@link #keep} hands a tensor to the
 * enclosing scope, or to the garbage collector where there is none.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

  private final Scope parent;
  private final List<Storage> owned = new ArrayList<>();

  private Scope(Scope parent) {
    this.parent = parent;
  }

  /**
   * Opens a scope inside the current one of this thread.
   *
   * @return the scope, to be closed
   */
  public static Scope open() {
    Scope scope = new Scope(CURRENT.get());
    CURRENT.set(scope);
    return scope;
  }

  /**
   * Runs something as if no scope were open, so that the tensors it makes live as long as somebody
   * refers to them: parameters, optimiser state, results that outlive a step.
   *
   * @param <T> the type of the result
   * @param action makes the tensors
   * @return what the action returned
   */
  public static <T> T outsideAll(Supplier<T> action) {
    Scope scope = CURRENT.get();
    CURRENT.remove();
    try {
      return action.get();
    } finally {
      if (scope != null) {
        CURRENT.set(scope);
      }
    }
  }

  /** Whether this thread has a scope open, so that backends should allocate from their pools. */
  static boolean active() {
    return CURRENT.get() != null;
  }

  /**
   * Makes this thread's current scope, if any, the owner of new storage; backends call it for what
   * they allocate.
   *
   * @param storage new, and owned by nobody
   */
  public static void adopt(Storage storage) {
    Scope scope = CURRENT.get();
    if (scope != null) {
      storage.adopt();
      scope.owned.add(storage);
    }
  }

  /**
   * Lets a tensor outlive this scope: the enclosing scope owns it from here on.
   *
   * @param tensor one made in this scope
   * @return the same tensor
   */
  public Tensor keep(Tensor tensor) {
    Storage storage = tensor.storage();
    for (int i = owned.size() - 1; i >= 0; i--) {
      if (owned.get(i) == storage) {
        owned.remove(i);
        if (parent == null) {
          storage.disown();
        } else {
          parent.owned.add(storage);
        }
        break;
      }
    }
    return tensor;
  }

  /** Gives back the memory of every tensor that was made in this scope and not kept. */
  @Override
  public void close() {
    if (CURRENT.get() != this) {
      throw new IllegalStateException(
          "scopes close in the reverse order of their opening, on the thread that opened them");
    }
    if (parent == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(parent);
    }
    for (Storage storage : owned) {
      storage.free();
    }
  }
}
