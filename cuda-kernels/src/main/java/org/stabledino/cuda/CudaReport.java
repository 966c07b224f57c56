package org.stabledino.cuda;

import java.util.List;

/**
 * What this machine has of what the CUDA backend needs.
 *
 * @param driver the driver's CUDA version, such as {@code 12.6}; empty without a driver
 * @param devices the GPUs, each as one line
 * @param blas the version of cuBLAS; empty without it, where the backend uses its own products
 * @param missing what is missing and how to get it, one line each
 */
public record CudaReport(String driver, List<String> devices, String blas, List<String> missing) {

  /**
   * Whether the backend can be opened.
   *
   * @return true if there is a driver and a GPU
   */
  public boolean usable() {
    return !devices.isEmpty();
  }
}
