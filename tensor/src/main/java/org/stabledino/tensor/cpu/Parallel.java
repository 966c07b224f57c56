package org.stabledino.tensor.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs the chunks of a kernel on all cores.
 *
 * <p>A training step of a small model runs hundreds of kernels, many of them short, so a region
 * must start at once: workers spin for a while after their last chunk before they park, and the
 * caller works along. Chunks are taken dynamically, but their borders depend on the number of items
 * and the grain alone. A kernel whose chunks write disjoint elements therefore gives the same bits
 * for any number of threads.
 *
 * <p>The number of threads is {@code -Dstabledino.threads=N}, else the number of processors.
 */
public final class Parallel {

  /** What a kernel does with one chunk of its items. */
  @FunctionalInterface
  public interface Task {
    /**
     * Processes items {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param from a multiple of the grain
     * @param to end
     */
    void run(int from, int to);
  }

  /** How often a worker looks for a region before it parks. */
  private static final int SPINS_BEFORE_PARKING = 1 << 10;

  private static final Parallel SHARED =
      new Parallel(
          Math.max(
              1,
              Integer.getInteger(
                  "stabledino.threads", Runtime.getRuntime().availableProcessors())));

  private final ReentrantLock busy = new ReentrantLock();
  private final Worker[] workers;
  private volatile Region region;

  /**
   * A pool of its own, such as a test of another number of threads needs.
   *
   * @param threads how many work, the caller included
   */
  Parallel(int threads) {
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker("stabledino-worker-" + (i + 1));
      workers[i].start();
    }
  }

  /**
   * The pool all kernels use.
   *
   * @return the pool
   */
  public static Parallel shared() {
    return SHARED;
  }

  /**
   * How many threads work, the caller included.
   *
   * @return at least 1
   */
  public int threads() {
    return workers.length + 1;
  }

  /**
   * Runs a task over all items and returns when every chunk is done.
   *
   * <p>A call from within a task, or while another thread's region runs, works through its chunks
   * alone.
   *
   * @param items how many
   * @param grain the size of a chunk, at least 1
   * @param task the work; an exception it throws is thrown here
   */
  public void run(int items, int grain, Task task) {
    int chunks = (int) (((long) items + grain - 1) / grain);
    if (chunks <= 1
        || workers.length == 0
        || Thread.currentThread() instanceof Worker
        || busy.isHeldByCurrentThread()
        || !busy.tryLock()) {
      for (int chunk = 0; chunk < chunks; chunk++) {
        int from = chunk * grain;
        task.run(from, Math.min(items - from, grain) + from);
      }
      return;
    }
    try {
      Region mine = new Region(task, items, grain, chunks);
      region = mine;
      for (int i = 0; i < workers.length && i < chunks - 1; i++) {
        workers[i].wake();
      }
      mine.work();
      mine.await();
    } finally {
      region = null;
      busy.unlock();
    }
  }

  /** Ends the workers of a pool that is no longer needed. */
  void shutdown() {
    for (Worker worker : workers) {
      worker.stopped = true;
      LockSupport.unpark(worker);
    }
  }

  /** One parallel loop. */
  private static final class Region {
    private final Task task;
    private final int items;
    private final int grain;
    private final int chunks;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private volatile Throwable failure;

    Region(Task task, int items, int grain, int chunks) {
      this.task = task;
      this.items = items;
      this.grain = grain;
      this.chunks = chunks;
    }

    void work() {
      int chunk;
      while ((chunk = next.getAndIncrement()) < chunks) {
        int from = chunk * grain;
        try {
          if (failure == null) {
            task.run(from, Math.min(items - from, grain) + from);
          }
        } catch (Throwable thrown) {
          failure = thrown;
        } finally {
          done.incrementAndGet();
        }
      }
    }

    void await() {
      int spins = 0;
      while (done.get() < chunks) {
        // The last chunk is almost always running on another core; yield only if that core is lost.
        if (++spins > SPINS_BEFORE_PARKING) {
          Thread.yield();
        } else {
          Thread.onSpinWait();
        }
      }
      switch (failure) {
        case null -> {}
        case RuntimeException exception -> throw exception;
        case Error error -> throw error;
        case Throwable other -> throw new IllegalStateException(other);
      }
    }
  }

  private final class Worker extends Thread {
    private volatile boolean parked;
    private volatile boolean stopped;

    Worker(String name) {
      super(name);
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      Region last = null;
      int spins = 0;
      while (!stopped) {
        Region current = region;
        if (current != null && current != last) {
          last = current;
          current.work();
          spins = 0;
        } else if (++spins < SPINS_BEFORE_PARKING) {
          Thread.onSpinWait();
        } else {
          last = null; // do not keep a finished kernel's tensors reachable while parked
          parked = true;
          if (region == null && !stopped) {
            LockSupport.park(this);
          }
          parked = false;
          spins = 0;
        }
      }
    }
  }
}
