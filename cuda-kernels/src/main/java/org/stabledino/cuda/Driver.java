package org.stabledino.cuda;

import java.lang.ref.Reference;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/** Turns the driver's result codes into exceptions. */
final class Driver {
  private Driver() {}

  /**
   * Fails unless a call succeeded.
   *
   * @param result what it returned
   * @param call its name, and what it was about
   * @param used tensors and blocks whose addresses the call was given: named here, their memory
   *     cannot go back to the cache before the call is queued
   * @throws DriverException if it failed
   */
  static void check(int result, String call, Object... used) {
    Reference.reachabilityFence(used);
    if (result != CUresult.CUDA_SUCCESS) {
      String[] text = new String[1];
      JCudaDriver.cuGetErrorString(result, text);
      throw new DriverException(
          "%s failed with %s: %s".formatted(call, CUresult.stringFor(result), text[0]));
    }
  }
}
