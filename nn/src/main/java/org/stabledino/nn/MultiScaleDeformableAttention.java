package org.stabledino.nn;

import org.stabledino.autograd.Variable;
import org.stabledino.autograd.ops.Ops;
import org.stabledino.nn.init.Initializers;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.AttentionKernels.Levels;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.ShapeMismatchException;
import org.stabledino.tensor.Tensor;

/**
 * Attention to a few sampled points around a reference on every feature level (Deformable DETR, Eq.
 * 3): offsets and weights of the points are linear in the query.
 *
 * <p>The location of head h, level l, point p is {@code reference + offset / (W_l, H_l)} for a
 * reference point, and {@code centre + offset / P * size / 2} for a reference box (Sec. A.4,
 * "iterative bounding box refinement").
 *
 * {@snippet :
 * MultiScaleDeformableAttention attention = new MultiScaleDeformableAttention(256, 8, 2, 4);
 * attention.initialize(Rng.of(60));
 * Levels levels = new Levels(new int[] {20, 10}, new int[] {30, 15});
 * Variable tokens = Variable.constant(Tensor.zeros(1, 750, 256));
 * Variable references = Variable.constant(Tensor.full(0.5f, 1, 750, 2, 2));
 * Variable y = attention.forward(tokens, tokens, levels, references, null);
 * assert y.shape().equals(tokens.shape());
 * }
 */
public final class MultiScaleDeformableAttention extends Module {
  private final Linear samplingOffsets;
  private final Linear attentionWeights;
  private final Linear valueProj;
  private final Linear outputProj;
  private final int heads;
  private final int levels;
  private final int points;
  private Tensor spreadPoint;
  private Tensor spreadCentre;
  private Tensor spreadSize;

  /**
   * An attention layer.
   *
   * @param embed channels E
   * @param heads H, divides E
   * @param levels L
   * @param points P, sampled for each head and level
   */
  public MultiScaleDeformableAttention(int embed, int heads, int levels, int points) {
    if (embed % heads != 0) {
      throw new IllegalArgumentException(
          "MultiScaleDeformableAttention: %d channels do not split into %d heads"
              .formatted(embed, heads));
    }
    this.samplingOffsets =
        child("sampling_offsets", new Linear(embed, heads * levels * points * 2));
    this.attentionWeights = child("attention_weights", new Linear(embed, heads * levels * points));
    this.valueProj = child("value_proj", new Linear(embed, embed));
    this.outputProj = child("output_proj", new Linear(embed, embed));
    this.heads = heads;
    this.levels = levels;
    this.points = points;
    this.spreadPoint = spread(2, 0, 1f);
    this.spreadCentre = spread(4, 0, 1f);
    this.spreadSize = spread(4, 2, 0.5f / points);
  }

  /**
   * Attends.
   *
   * @param query shape [B, Q, E]
   * @param value what is sampled after its projection, shape [B, S, E], the levels' tokens one
   *     after the other
   * @param extents heights and widths of the L levels
   * @param references per level a point (x, y) or a box (cx, cy, w, h) in 0..1, shape [B, Q, L, 2]
   *     or [B, Q, L, 4]
   * @param padding bool, shape [B, S], true where value is padding, which counts as zero; nullable
   * @return shape [B, Q, E]
   */
  public Variable forward(
      Variable query, Variable value, Levels extents, Variable references, Tensor padding) {
    return forward(query, value, extents, references, padding, SamplingProbe.NONE);
  }

  /**
   * Attends, and shows a probe where.
   *
   * @param query shape [B, Q, E]
   * @param value shape [B, S, E]
   * @param extents heights and widths of the L levels
   * @param references shape [B, Q, L, 2] or [B, Q, L, 4]
   * @param padding bool, shape [B, S]; nullable
   * @param probe looks at locations and weights
   * @return shape [B, Q, E]
   */
  public Variable forward(
      Variable query,
      Variable value,
      Levels extents,
      Variable references,
      Tensor padding,
      SamplingProbe probe) {
    try (var _ = enter()) {
      int batch = query.dim(0);
      int queries = query.dim(1);
      int tokens = value.dim(1);
      check(query, value, extents, references);
      Variable projected = valueProj.forward(value);
      if (padding != null) {
        projected = Ops.maskedFill(projected, padding, 0f);
      }
      Variable locations =
          Ops.reshape(
              locations(samplingOffsets.forward(query), references, extents),
              batch,
              queries,
              heads,
              levels,
              points,
              2);
      Variable scores =
          Ops.reshape(attentionWeights.forward(query), batch, queries, heads, levels * points);
      Variable weights = Ops.reshape(Ops.softmax(scores), batch, queries, heads, levels, points);
      probe.sampled(extents, locations.data(), weights.data());
      Variable sampled =
          Ops.deformableAttention(
              Ops.reshape(projected, batch, tokens, heads, projected.dim(2) / heads),
              extents,
              locations,
              weights);
      return outputProj.forward(sampled);
    }
  }

  /**
   * Where to sample. Rows of H*L*P*2 numbers stay whole: references reach all their heads and
   * points through a product with a constant matrix, which is much faster than broadcasting over an
   * innermost extent of 2, and as exact.
   */
  private Variable locations(Variable offsets, Variable references, Levels extents) {
    Variable rows = Ops.reshape(references, references.dim(0), references.dim(1), -1);
    if (references.dim(3) == 2) {
      Variable centres = Ops.linear(rows, Variable.constant(spreadPoint), null);
      return Ops.add(centres, Ops.mul(offsets, tokenSizes(extents)));
    }
    Variable centres = Ops.linear(rows, Variable.constant(spreadCentre), null);
    Variable steps = Ops.linear(rows, Variable.constant(spreadSize), null);
    return Ops.add(centres, Ops.mul(offsets, steps));
  }

  /**
   * The matrix [H*L*P*2, L*width] that copies component {@code first + c} of each level's
   * reference, times a factor, to coordinate c of all its heads and points.
   */
  private Tensor spread(int width, int first, float factor) {
    int columns = levels * width;
    Tensor matrix = Scope.outsideAll(() -> Tensor.zeros(heads * levels * points * 2, columns));
    for (int row = 0; row < matrix.dim(0); row++) {
      int coordinate = row % 2;
      int level = row / (2 * points) % levels;
      matrix.floats()[row * columns + level * width + first + coordinate] = factor;
    }
    return matrix;
  }

  /**
   * The extent of one token of each level, (1 / W_l, 1 / H_l), in the order of a row of offsets.
   */
  private Variable tokenSizes(Levels extents) {
    float[] sizes = new float[heads * levels * points * 2];
    for (int i = 0; i < sizes.length; i++) {
      int level = i / (2 * points) % levels;
      sizes[i] = 1f / (i % 2 == 0 ? extents.widths()[level] : extents.heights()[level]);
    }
    return Variable.constant(Tensor.of(sizes, sizes.length).to(device()));
  }

  private void check(Variable query, Variable value, Levels extents, Variable references) {
    String op = "MultiScaleDeformableAttention";
    ShapeMismatchException.check(
        op, "value", value.data(), query.dim(0), extents.tokens(), query.dim(2));
    if (extents.count() != levels) {
      throw new ShapeMismatchException(
          op, "extents", levels + " levels", extents.count() + " levels", "");
    }
    ShapeMismatchException.check(
        op, "references", references.data(), query.dim(0), query.dim(1), levels, -1);
    if (references.dim(3) != 2 && references.dim(3) != 4) {
      throw new ShapeMismatchException(
          op, "references", "points (2) or boxes (4)", references.shape().toString(), "");
    }
  }

  @Override
  protected void moved(Device target) {
    spreadPoint = Scope.outsideAll(() -> spreadPoint.to(target));
    spreadCentre = Scope.outsideAll(() -> spreadCentre.to(target));
    spreadSize = Scope.outsideAll(() -> spreadSize.to(target));
  }

  /** Offsets start as fixed directions, whatever the query; all points weigh the same. */
  @Override
  protected void reset(Rng rng) {
    Initializers.constant(samplingOffsets.weight().data(), 0f);
    Initializers.samplingDirections(samplingOffsets.bias().data(), heads, levels, points);
    Initializers.constant(attentionWeights.weight().data(), 0f);
    Initializers.constant(attentionWeights.bias().data(), 0f);
    Initializers.xavierUniform(valueProj.weight().data(), rng.child("value_proj"));
    Initializers.constant(valueProj.bias().data(), 0f);
    Initializers.xavierUniform(outputProj.weight().data(), rng.child("output_proj"));
    Initializers.constant(outputProj.bias().data(), 0f);
  }
}
