/**
 * The CUDA backend: kernels of our own on the driver API, products by cuBLAS where it is found.
 *
 * <p>From the outside in: {@link org.stabledino.cuda.CudaProvider} finds out what the machine has,
 * {@code CudaBackend} implements the tensor module's seam, a class for each family checks shapes
 * and chooses launches, {@code Kernels} launches what {@code src/main/cuda} describes, {@code
 * DeviceMemory} keeps the device's memory.
 */
package org.stabledino.cuda;
