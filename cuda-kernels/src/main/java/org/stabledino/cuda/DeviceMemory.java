package org.stabledino.cuda;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.Backend.MemoryPeak;

/**
 * A cache of device memory.
 *
 * <p>The driver's own allocation waits for the device, so blocks that scopes give back are kept and
 * handed out again; lengths are rounded up to one of eight steps per power of two, as on the host.
 * A block may be reused at once although kernels that read it are still to run: whatever comes next
 * runs on the same stream, after them.
 *
 * <p>When the device is full, the cache is emptied, and if that is not enough, the allocation
 * fails.
 */
final class DeviceMemory {
  private static final int SMALLEST = 512;

  private final CudaContext context;
  private final boolean exact;
  private final Map<Long, ArrayDeque<Block>> free = new HashMap<>();
  private long takenBytes;
  private long cachedBytes;
  private long peakTakenBytes;
  private long peakHeldBytes;

  /**
   * Memory of a device.
   *
   * @param context the device
   * @param exact whether every block has just the length asked for and goes back to the driver when
   *     given, so that the canaries of the stand-in driver lie right behind each tensor
   */
  DeviceMemory(CudaContext context, boolean exact) {
    this.context = context;
    this.exact = exact;
  }

  /** A piece of device memory. */
  final class Block implements AutoCloseable {
    private final CUdeviceptr pointer;
    private final long bytes;

    private Block(CUdeviceptr pointer, long bytes) {
      this.pointer = pointer;
      this.bytes = bytes;
    }

    /** Where it lies, this many bytes in. */
    CUdeviceptr at(long offset) {
      return offset == 0 ? pointer : pointer.withByteOffset(offset);
    }

    /** Gives it back. */
    @Override
    public void close() {
      give(this);
    }
  }

  /** A block of at least this many bytes, its content undefined. */
  synchronized Block take(long bytes) {
    if (bytes == 0) {
      return new Block(new CUdeviceptr(), 0);
    }
    long rounded = exact ? bytes : round(bytes);
    ArrayDeque<Block> waiting = free.get(rounded);
    Block block;
    if (waiting != null && !waiting.isEmpty()) {
      block = waiting.pop();
      cachedBytes -= rounded;
    } else {
      block = new Block(allocate(rounded), rounded);
    }
    takenBytes += rounded;
    peakTakenBytes = Math.max(peakTakenBytes, takenBytes);
    peakHeldBytes = Math.max(peakHeldBytes, takenBytes + cachedBytes);
    return block;
  }

  private synchronized void give(Block block) {
    if (block.bytes == 0) {
      return;
    }
    takenBytes -= block.bytes;
    if (exact) {
      release(block);
    } else {
      cachedBytes += block.bytes;
      free.computeIfAbsent(block.bytes, _ -> new ArrayDeque<>()).push(block);
    }
  }

  /** Bytes that tensors hold now. */
  synchronized long takenBytes() {
    return takenBytes;
  }

  /** Bytes that wait for reuse. */
  synchronized long cachedBytes() {
    return cachedBytes;
  }

  /** The most since {@link #resetPeak}. */
  synchronized MemoryPeak peak() {
    return new MemoryPeak(peakTakenBytes, peakHeldBytes);
  }

  /** Measures the peak anew from what is taken and held now. */
  synchronized void resetPeak() {
    peakTakenBytes = takenBytes;
    peakHeldBytes = takenBytes + cachedBytes;
  }

  /** Gives all waiting blocks back to the driver. */
  synchronized void trim() {
    for (ArrayDeque<Block> blocks : free.values()) {
      blocks.forEach(this::release);
    }
    free.clear();
    cachedBytes = 0;
  }

  private CUdeviceptr allocate(long bytes) {
    context.bind();
    CUdeviceptr pointer = new CUdeviceptr();
    int result = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      trim();
      result = JCudaDriver.cuMemAlloc(pointer, bytes);
    }
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new DriverException(
          "the GPU has no %,d bytes left; tensors hold %,d: use a smaller batch or smaller images"
              .formatted(bytes, takenBytes));
    }
    Driver.check(result, "cuMemAlloc");
    return pointer;
  }

  private void release(Block block) {
    context.bind();
    Driver.check(JCudaDriver.cuMemFree(block.pointer), "cuMemFree");
  }

  /** Rounds up to m * 2^k with m in 8..15. */
  private static long round(long bytes) {
    long atLeast = Math.max(SMALLEST, bytes);
    long step = Long.highestOneBit(atLeast) >>> 3;
    return (atLeast + step - 1) / step * step;
  }
}
