package org.stabledino.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.stabledino.tensor.Tensor;

/**
 * Copies between Java arrays and the device.
 *
 * <p>A GPU copies by itself only from and to pinned memory, which stays where it is. So elements go
 * into a pinned buffer, and a copy from there is queued behind the kernels that were queued before:
 * an upload returns at once. An event behind each copy tells when its buffer may be used again;
 * nobody waits for the whole stream. Downloads wait, for their own event: once for any number of
 * tensors.
 */
class Transfers {
  /** More than this is copied in parts. */
  private static final int LARGEST = 32 << 20;

  private static final int SMALLEST = 4 << 10;

  /** Pinned memory beyond which an upload waits for a buffer rather than take another. */
  private static final long MOST = 8L * LARGEST;

  private final CudaContext context;

  /** By size; those that have waited longest come first. */
  private final Map<Integer, ArrayDeque<Buffer>> buffers = new HashMap<>();

  private long pinnedBytes;

  /** Transfers of a device, on its stream. */
  Transfers(CudaContext context) {
    this.context = context;
  }

  /** Pinned memory, and when the last copy from or to it is done. */
  record Buffer(Pointer pointer, MemorySegment memory, CUevent event) {

    static Buffer allocate(int bytes) {
      Pointer pointer = new Pointer();
      Driver.check(JCudaDriver.cuMemHostAlloc(pointer, bytes, 0), "cuMemHostAlloc");
      CUevent event = new CUevent();
      Driver.check(
          JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
      return new Buffer(pointer, MemorySegment.ofBuffer(pointer.getByteBuffer(0, bytes)), event);
    }

    void await() {
      Driver.check(JCudaDriver.cuEventSynchronize(event), "cuEventSynchronize");
    }

    void record(CudaContext context) {
      Driver.check(JCudaDriver.cuEventRecord(event, context.stream()), "cuEventRecord");
    }
  }

  /** Elements of a tensor on their way: bytes {@code start} to {@code start + bytes} of it. */
  private record Part(Tensor device, MemorySegment host, long start, int bytes) {

    /** A tensor in parts that fit into a buffer. */
    static List<Part> of(Tensor device, Tensor host) {
      MemorySegment elements = elements(host);
      List<Part> parts = new ArrayList<>();
      for (long at = 0; at < elements.byteSize(); at += LARGEST) {
        parts.add(
            new Part(device, elements, at, (int) Math.min(LARGEST, elements.byteSize() - at)));
      }
      return parts;
    }

    CUdeviceptr place() {
      return Kernels.pointer(device).withByteOffset(start);
    }
  }

  /** Queues a copy to the device; the Java array may change as soon as this returns. */
  synchronized void upload(Tensor host, Tensor device) {
    context.bind();
    for (Part part : Part.of(device, host)) {
      Buffer buffer = take(part.bytes);
      MemorySegment.copy(part.host, part.start, buffer.memory, 0, part.bytes);
      Driver.check(
          JCudaDriver.cuMemcpyHtoDAsync(part.place(), buffer.pointer, part.bytes, context.stream()),
          "copy to the device",
          device);
      giveBack(buffer);
    }
  }

  /**
   * Copies to Java arrays, and waits until all that was queued before is done: once, unless there
   * is more than a buffer holds. A fault of any kernel until now shows here.
   *
   * @param from tensors on the device
   * @param to as many on the CPU, like them
   */
  synchronized void download(List<Tensor> from, List<Tensor> to) {
    context.bind();
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      parts.addAll(Part.of(from.get(i), to.get(i)));
    }
    int next = 0;
    do {
      int end = next;
      int bytes = 0;
      while (end < parts.size() && bytes + parts.get(end).bytes <= LARGEST) {
        bytes += parts.get(end).bytes;
        end++;
      }
      download(parts.subList(next, end), bytes);
      next = end;
    } while (next < parts.size());
  }

  private void download(List<Part> parts, int bytes) {
    Buffer buffer = take(bytes);
    int at = 0;
    for (Part part : parts) {
      Driver.check(
          JCudaDriver.cuMemcpyDtoHAsync(
              buffer.pointer.withByteOffset(at), part.place(), part.bytes, context.stream()),
          "copy from the device",
          part.device);
      at += part.bytes;
    }
    giveBack(buffer);
    buffer.await();
    at = 0;
    for (Part part : parts) {
      MemorySegment.copy(buffer.memory, at, part.host, part.start, part.bytes);
      at += part.bytes;
    }
  }

  /** A buffer of at least so many bytes that no copy uses any more. */
  private Buffer take(int bytes) {
    int size = Math.max(SMALLEST, bytes <= 1 ? 1 : Integer.highestOneBit(bytes - 1) << 1);
    ArrayDeque<Buffer> known = buffers.computeIfAbsent(size, _ -> new ArrayDeque<>());
    Buffer oldest = known.peek();
    boolean waits = oldest != null && !free(oldest);
    boolean full = pinnedBytes + size > MOST;
    if (oldest == null || waits && !full) {
      pinnedBytes += size;
      return Buffer.allocate(size);
    }
    known.poll();
    if (waits) {
      oldest.await();
    }
    return oldest;
  }

  /** Whether no copy uses a buffer any more. */
  boolean free(Buffer buffer) {
    int result = JCudaDriver.cuEventQuery(buffer.event);
    if (result == CUresult.CUDA_ERROR_NOT_READY) {
      return false;
    }
    Driver.check(result, "cuEventQuery");
    return true;
  }

  /** Lets a buffer be taken again once the copies that are queued now are done. */
  private void giveBack(Buffer buffer) {
    buffer.record(context);
    buffers.get((int) buffer.memory.byteSize()).add(buffer);
  }

  /** The Java array of a host tensor, from its first element on. */
  private static MemorySegment elements(Tensor host) {
    MemorySegment array =
        switch (host.dtype()) {
          case FLOAT32 -> MemorySegment.ofArray(host.floats());
          case FLOAT64 -> MemorySegment.ofArray(host.doubles());
          case INT32 -> MemorySegment.ofArray(host.ints());
          case INT64 -> MemorySegment.ofArray(host.longs());
          case UINT8, BOOL -> MemorySegment.ofArray(host.bytes());
          case FLOAT16, BFLOAT16 ->
              throw new IllegalArgumentException(host.dtype() + " lives in files only");
        };
    long width = host.dtype().bytes();
    return array.asSlice(host.offset() * width, host.size() * width);
  }
}
