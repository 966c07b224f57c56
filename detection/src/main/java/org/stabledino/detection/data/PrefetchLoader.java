package org.stabledino.detection.data;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/**
 * Makes items ahead of their use on several threads and hands them out strictly in order.
 *
 * <p>The workers share one counter; item p goes to slot {@code p % ahead} of a ring, and no worker
 * starts an item before the slot is free. So memory is bounded, and neither the number of workers
 * nor their speed shows in what comes out. An error comes out at the place of the item that raised
 * it. One thread consumes.
 *
 * @param <T> what is made; not null
 */
public final class PrefetchLoader<T> implements Iterator<T>, AutoCloseable {
  private final LongFunction<? extends T> source;
  private final long end;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition slotFilled = lock.newCondition();
  private final Condition slotFreed = lock.newCondition();
  private final Object[] ring;
  private final Thread[] workers;

  /** First item no worker has taken. */
  private long nextToMake;

  /** First item not yet handed out. */
  private long nextToDeliver;

  private boolean closed;

  /** What a slot holds where making the item failed. */
  private record Failure(Throwable cause) {}

  /**
   * Starts the workers.
   *
   * @param source makes the item of a position; called by several threads at a time
   * @param start first position
   * @param end first position that is not wanted
   * @param workers number of threads, at least 1
   * @param ahead how many items may be ready or in work at a time, at least 1
   */
  public PrefetchLoader(
      LongFunction<? extends T> source, long start, long end, int workers, int ahead) {
    if (workers < 1 || ahead < 1) {
      throw new IllegalArgumentException(
          "at least one worker and one item ahead are needed, got " + workers + " and " + ahead);
    }
    this.source = source;
    this.end = end;
    nextToMake = start;
    nextToDeliver = start;
    ring = new Object[ahead];
    this.workers = new Thread[workers];
    for (int i = 0; i < workers; i++) {
      this.workers[i] = Thread.ofPlatform().name("prefetch-" + i).daemon().start(this::work);
    }
  }

  private void work() {
    long position;
    while ((position = takePosition()) < end) {
      Object result;
      try {
        result = source.apply(position);
      } catch (Throwable e) {
        result = new Failure(e);
      }
      put(position, result);
    }
  }

  /** The next item to make once its slot is free; {@code end} when there is no more to do. */
  private long takePosition() {
    lock.lock();
    try {
      while (!closed && nextToMake < end && nextToMake >= nextToDeliver + ring.length) {
        slotFreed.awaitUninterruptibly();
      }
      return closed || nextToMake >= end ? end : nextToMake++;
    } finally {
      lock.unlock();
    }
  }

  private void put(long position, Object result) {
    lock.lock();
    try {
      ring[(int) (position % ring.length)] = result;
      slotFilled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean hasNext() {
    return nextToDeliver < end;
  }

  /**
   * Waits for the next item.
   *
   * @return the item of the next position
   * @throws NoSuchElementException after the last one
   * @throws IllegalStateException if the loader is closed
   * @throws CancellationException if the thread is interrupted while waiting; the interrupt stays
   *     set
   */
  @Override
  public T next() {
    Object result;
    lock.lock();
    try {
      result = await();
      ring[(int) (nextToDeliver % ring.length)] = null;
      nextToDeliver++;
      slotFreed.signal();
    } finally {
      lock.unlock();
    }
    return item(result);
  }

  /**
   * Waits for the next item without taking it.
   *
   * @return the item that {@link #next} will return
   * @throws NoSuchElementException after the last one
   * @throws IllegalStateException if the loader is closed
   * @throws CancellationException if the thread is interrupted while waiting; the interrupt stays
   *     set
   */
  public T peek() {
    Object result;
    lock.lock();
    try {
      result = await();
    } finally {
      lock.unlock();
    }
    return item(result);
  }

  /**
   * Looks at the next item if it is there already; this neither waits nor fails.
   *
   * @return the item that {@link #next} will return; none where it is still in work, failed, or
   *     there is none
   */
  public Optional<T> ready() {
    lock.lock();
    try {
      Object result = hasNext() ? ring[(int) (nextToDeliver % ring.length)] : null;
      return result == null || result instanceof Failure
          ? Optional.empty()
          : Optional.of(item(result));
    } finally {
      lock.unlock();
    }
  }

  /** What the next slot holds once it is filled; the lock is held. */
  private Object await() {
    if (!hasNext()) {
      throw new NoSuchElementException("all items have been handed out");
    }
    int slot = (int) (nextToDeliver % ring.length);
    try {
      while (ring[slot] == null && !closed) {
        slotFilled.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for item " + nextToDeliver);
    }
    if (closed) {
      throw new IllegalStateException("the loader is closed");
    }
    return ring[slot];
  }

  private T item(Object result) {
    if (result instanceof Failure failure) {
      throw unchecked(failure.cause);
    }
    @SuppressWarnings("unchecked")
    T item = (T) result;
    return item;
  }

  /** The source declares nothing checked, so this is always an error or an unchecked exception. */
  private static RuntimeException unchecked(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }

  /** Stops the workers and waits until they are gone; items in work are finished and forgotten. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      slotFreed.signalAll();
      slotFilled.signalAll();
    } finally {
      lock.unlock();
    }
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
