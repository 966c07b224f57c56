package org.stabledino.detection.engine;

import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C and SIGTERM as a question: "should I stop?".
 *
 * <p>The JVM runs its shutdown hooks on either signal and ends when they return. The hook made here
 * raises a flag and then waits until the run, which looks at the flag after each step, has saved
 * its state and closed this signal.
 */
public final class StopSignal implements AutoCloseable {
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook;
  private volatile boolean requested;

  private StopSignal() {
    hook =
        new Thread(
            () -> {
              requested = true;
              try {
                finished.await();
              } catch (InterruptedException stopWaiting) {
                Thread.currentThread().interrupt();
              }
            },
            "stop-signal");
  }

  /**
   * Listens until closed.
   *
   * @return the signal
   */
  public static StopSignal listen() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Asks for a stop from within the program. */
  public void request() {
    requested = true;
  }

  /**
   * Whether somebody asked for a stop.
   *
   * @return true from the signal on
   */
  public boolean requested() {
    return requested;
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException alreadyShuttingDown) {
      // The hook runs right now and has just been released.
      return;
    }
  }
}
