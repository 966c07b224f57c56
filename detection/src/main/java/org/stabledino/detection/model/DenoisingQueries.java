package org.stabledino.detection.model;

import java.util.Arrays;
import java.util.List;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.BoxOps;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Tensor;

/**
 * Contrastive denoising queries (DINO; Li et al. 2022): noisy copies of the ground truth, decoded
 * beside the matching queries during training.
 *
 * <p>{@code groups = max(1, queries / maxTargets)} groups hold {@code copies} copies of every
 * target. Labels are replaced by random ones with probability {@code labelNoise / 2}. Corners move
 * by {@code sign * part * boxNoise * (w/2, h/2, w/2, h/2)} and are clamped to the image; copies
 * after the first, the negatives, add {@code negativeStep} to the part.
 *
 * <p>Everything lies on the CPU; the model copies it to where it computes.
 *
 * @param layout where each query stands
 * @param labels noisy labels, 0 in empty slots, int32, shape [B, D]
 * @param filled 1 for a query, 0 for an empty slot, shape [B, D, 1]
 * @param boxes noisy boxes (cx, cy, w, h) as logits, 0 in empty slots, shape [B, D, 4]
 * @param blocked who may not see whom (row sees column) among D denoising queries and Q matching
 *     ones, bool, shape [D+Q, D+Q]
 */
public record DenoisingQueries(
    DenoisingLayout layout, Tensor labels, Tensor filled, Tensor boxes, Tensor blocked) {

  /**
   * Makes the denoising queries of a batch.
   *
   * @param config how many and how noisy
   * @param numClasses K
   * @param matchingQueries Q
   * @param batch targets of the B images
   * @param noise the random draws
   * @return the queries; null if they are switched off or no image has a target
   */
  public static DenoisingQueries of(
      DenoisingConfig config,
      int numClasses,
      int matchingQueries,
      List<Targets> batch,
      DenoisingNoise noise) {
    int slots = batch.stream().mapToInt(Targets::count).max().orElse(0);
    return of(config, numClasses, matchingQueries, batch, slots, noise);
  }

  /**
   * Makes the denoising queries of a part of a batch, laid out as those of the whole.
   *
   * @param config how many and how noisy
   * @param numClasses K
   * @param matchingQueries Q
   * @param batch targets of the B images of the part
   * @param slots the largest number of targets of an image of the whole batch
   * @param noise the random draws
   * @return the queries; null if they are switched off or slots is 0
   */
  public static DenoisingQueries of(
      DenoisingConfig config,
      int numClasses,
      int matchingQueries,
      List<Targets> batch,
      int slots,
      DenoisingNoise noise) {
    if (config.queries() == 0 || slots == 0) {
      return null;
    }
    int groups = Math.max(1, config.queries() / slots);
    requireSize(config, (long) groups * slots, matchingQueries, batch.size());
    DenoisingLayout layout = new DenoisingLayout(groups, config.copies(), slots);
    int queries = layout.queries();
    int images = batch.size();
    int[] labels = new int[images * queries];
    float[] filled = new float[images * queries];
    float[] boxes = new float[images * queries * 4];
    for (int image = 0; image < images; image++) {
      Targets targets = batch.get(image);
      for (int repetition = 0; repetition < groups * config.copies(); repetition++) {
        for (int target = 0; target < targets.count(); target++) {
          int at = image * queries + repetition * slots + target;
          boolean replaced = noise.labelDraw(repetition, image, target) < config.labelNoise() * 0.5;
          labels[at] =
              replaced
                  ? noise.newLabel(repetition, image, target, numClasses)
                  : targets.labels()[target];
          filled[at] = 1;
          float[] box = Arrays.copyOfRange(targets.boxes(), 4 * target, 4 * target + 4);
          if (config.boxNoise() > 0) {
            box = move(box, config, noise, repetition, image, target);
          }
          for (int c = 0; c < 4; c++) {
            boxes[4 * at + c] = Proposals.logit(box[c]);
          }
        }
      }
    }
    return new DenoisingQueries(
        layout,
        Tensor.of(labels, images, queries),
        Tensor.of(filled, images, queries, 1),
        Tensor.of(boxes, images, queries, 4),
        blocked(layout, matchingQueries, config.blockMatching()));
  }

  /** The mask of all queries and the boxes of a batch must fit into a tensor. */
  private static void requireSize(
      DenoisingConfig config, long copied, int matchingQueries, int images) {
    double all = (double) copied * config.copies() + matchingQueries;
    if (all * Math.max(all, 4.0 * images) > Integer.MAX_VALUE) {
      throw new UserException(
          "setting copies=%d gives an image %.0f queries, too many for their attention mask; set fewer (model.denoising.copies)"
              .formatted(config.copies(), all));
    }
  }

  private static float[] move(
      float[] box,
      DenoisingConfig config,
      DenoisingNoise noise,
      int repetition,
      int image,
      int target) {
    int copy = repetition % config.copies();
    float step = (float) (copy * config.negativeStep());
    float factor = config.multiplyNegatives() ? copy + 1 : 1;
    float[] corners = BoxOps.toXyxy(box);
    for (int c = 0; c < 4; c++) {
      float halfExtent = box[2 + (c & 1)] / 2;
      float part = noise.part(repetition, image, target, c) * factor + step;
      float shift = part * noise.sign(repetition, image, target, c) * halfExtent;
      corners[c] = Math.clamp(corners[c] + shift * (float) config.boxNoise(), 0f, 1f);
    }
    return BoxOps.toCxcywh(corners);
  }

  /** First references of all queries: sigmoid of the noisy boxes, then [B, Q, 4] selected ones. */
  static Tensor references(DenoisingQueries denoising, Tensor selected) {
    Tensor logits = denoising.boxes();
    Tensor noisy = Tensor.empty(DType.FLOAT32, logits.shape());
    for (int i = 0; i < noisy.size(); i++) {
      double logit = logits.floats()[logits.offset() + i];
      noisy.floats()[noisy.offset() + i] = (float) (1 / (1 + Math.exp(-logit)));
    }
    int before = noisy.dim(1);
    int after = selected.dim(1);
    Backend backend = selected.backend();
    Tensor all = backend.empty(DType.FLOAT32, selected.shape().with(1, before + after));
    backend.indexing().copyBlock(noisy.to(selected.device()), 1, 0, before, all, 0);
    backend.indexing().copyBlock(selected, 1, 0, after, all, before);
    return all;
  }

  /** Groups do not see each other, and matching queries see none of them. */
  private static Tensor blocked(
      DenoisingLayout layout, int matchingQueries, boolean blockMatching) {
    int denoising = layout.queries();
    int all = denoising + matchingQueries;
    int group = layout.copies() * layout.slots();
    byte[] blocked = new byte[all * all];
    for (int row = 0; row < all; row++) {
      if (row < denoising) {
        int from = row / group * group;
        Arrays.fill(blocked, row * all, row * all + from, (byte) 1);
        Arrays.fill(blocked, row * all + from + group, row * all + denoising, (byte) 1);
        if (blockMatching) {
          Arrays.fill(blocked, row * all + denoising, (row + 1) * all, (byte) 1);
        }
      } else {
        Arrays.fill(blocked, row * all, row * all + denoising, (byte) 1);
      }
    }
    return Tensor.of(DType.BOOL, blocked, all, all);
  }
}
