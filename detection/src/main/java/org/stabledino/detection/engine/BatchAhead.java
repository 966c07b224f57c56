package org.stabledino.detection.engine;

import java.util.List;
import org.stabledino.detection.data.Sample;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;

/**
 * Brings the pictures of the next step to a GPU while it still computes the present one: they are
 * normalised meanwhile, and their copy is queued behind that step's kernels, into memory that those
 * have read by then.
 */
final class BatchAhead {
  private final Device device;

  /** Holds the largest batch so far; outside all scopes. */
  private Tensor memory = Tensor.zeros(0);

  private Batch ready;

  /** For a model on this device; one on the CPU gains nothing and is brought nothing. */
  BatchAhead(Device device) {
    this.device = device;
  }

  /** Queues the copy of a batch. */
  void bring(List<Sample> samples, int height, int width) {
    if (device.equals(Device.CPU)) {
      return;
    }
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(samples, height, width);
      Tensor images = batch.images();
      if (memory.size() < images.size()) {
        memory = Scope.outsideAll(() -> Backend.of(device).empty(images.dtype(), images.shape()));
      }
      Tensor there = Tensor.over(memory.storage(), 0, images.shape());
      there.copyFrom(images);
      ready = new Batch(there, batch.sizes(), batch.targets(), samples);
    }
  }

  /** The batch of just these samples, padded to this extent: brought before, or made now. */
  Batch take(List<Sample> samples, int height, int width) {
    Batch batch = ready;
    ready = null;
    return batch != null
            && batch.samples().equals(samples)
            && batch.images().dim(1) == height
            && batch.images().dim(2) == width
        ? batch
        : Batch.of(samples, height, width);
  }
}
