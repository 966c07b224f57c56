package org.stabledino.bench.ladder;

import static org.stabledino.bench.ladder.Tile.LANES;
import static org.stabledino.bench.ladder.Tile.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.stabledino.bench.DeformableOperands;
import org.stabledino.bench.Ladder;
import org.stabledino.bench.NamedShape;
import org.stabledino.tensor.AttentionKernels;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Tensor;

/**
 * Multi-scale deformable attention (Zhu et al., "Deformable DETR", Eq. 3): for each query and head
 * the weighted sum of a few bilinear samples of every level's map,
 *
 * <pre>
 * out[q, h] = sum over (l, p) of weights[q, h, l, p] bilinear(value_l[h], locations[q, h, l, p])
 * </pre>
 *
 * <p>where a sample is itself a weighted sum of the four tokens around its location. The arithmetic
 * is little; all that matters is in which order memory is touched, and how often.
 */
public class DeformableLadder extends Ladder {
  /** B x queries x channels, heads, levels: the encoder on an image of 400 x 667. */
  @Param({
    "small.encoder 1x84x64 heads 2 levels 8x8 4x4 2x2",
    "r50.encoder 1x5600x256 heads 8 levels 50x84 25x42 13x21 7x11"
  })
  public String shape;

  private DeformableOperands operands;
  private SamplingPoints points;
  private int queries;
  private int heads;
  private int tokens;
  private int d;
  private float[] value;
  private float[] locations;
  private float[] weights;
  private float[] out;
  private float[] maps;
  private float[] samples;
  private Tensor result;
  private AttentionKernels kernels;

  /** A ladder whose shape is not set yet. */
  public DeformableLadder() {}

  @Override
  @Setup
  public void setUp() {
    NamedShape s = NamedShape.of(shape);
    operands = DeformableOperands.of(s);
    points = new SamplingPoints(operands.levels());
    queries = s.get(1);
    heads = s.get(3);
    tokens = operands.levels().tokens();
    d = s.get(2) / heads;
    Tile.checkFits("channels of a head", d, 2 * LANES);
    value = operands.value().floats();
    locations = operands.locations().floats();
    weights = operands.weights().floats();
    result = Tensor.empty(1, queries, heads * d);
    out = result.floats();
    maps = new float[heads * d * tokens];
    samples = new float[heads * d * queries * points.perHead()];
    kernels = Backend.of(Device.CPU).attention();
  }

  @Override
  public double flops() {
    return DeformableOperands.flops(NamedShape.of(shape));
  }

  @Override
  public double bytes(String rung) {
    NamedShape s = NamedShape.of(shape);
    double values = SamplingPoints.tokens(s) * s.get(2);
    double samples = (double) s.get(1) * s.get(3) * SamplingPoints.perHead(s);
    double once = values + 3 * samples + (double) s.get(1) * s.get(2);
    double between = rung.equals("composition") ? 2 * samples * s.get(2) / s.get(3) : 0;
    return 4 * (once + between);
  }

  @Override
  public float[][] results() {
    return new float[][] {out};
  }

  // 1 ----------------------------------------------------------------------------------------
  // As it is composed of a library's operations: bring the channels to the front, because maps are
  // [channels, height, width] there; sample every level; multiply by the weights and add up. Each
  // operation writes its result to memory. The samples are P L = 16 times as large as the values,
  // and each of their numbers is gathered alone: the channels of a token lie a whole map apart.

  /**
   * Transposition, sampling, weighted sum, one after the other.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 1, title = "composed of operations")
  public float[] composition() {
    bringChannelsFirst();
    sample();
    int count = points.perHead();
    for (int q = 0; q < queries; q++) {
      for (int h = 0; h < heads; h++) {
        for (int c = 0; c < d; c++) {
          float sum = 0f;
          for (int point = 0; point < count; point++) {
            float sample = samples[((h * d + c) * queries + q) * count + point];
            sum += weights[(q * heads + h) * count + point] * sample;
          }
          out[(q * heads + h) * d + c] = sum;
        }
      }
    }
    return out;
  }

  /** Writes the values as maps [H, D, S]. */
  private void bringChannelsFirst() {
    for (int s = 0; s < tokens; s++) {
      for (int c = 0; c < heads * d; c++) {
        maps[c * tokens + s] = value[s * heads * d + c];
      }
    }
  }

  /** Writes every sample of every channel, [H, D, Q, L P]. */
  private void sample() {
    int count = points.perHead();
    for (int h = 0; h < heads; h++) {
      for (int q = 0; q < queries; q++) {
        for (int point = 0; point < count; point++) {
          points.locate(locations, ((q * heads + h) * count + point) * 2, point);
          for (int c = 0; c < d; c++) {
            int map = (h * d + c) * tokens;
            float sample = 0f;
            for (int corner = 0; corner < 4; corner++) {
              sample += points.share[corner] * maps[map + points.token[corner]];
            }
            samples[((h * d + c) * queries + q) * count + point] = sample;
          }
        }
      }
    }
  }

  // 2 ----------------------------------------------------------------------------------------
  // Everything at once: a sample is added to its sum as soon as it is known, and nothing is stored
  // in between. The values stay as the model has them, [S, H, D]: a token's channels of a head are
  // neighbours, a loop over them is a loop over vectors. But out is read and written 64 times a
  // query and head.

  /**
   * One loop over queries, heads, points and corners.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 2, title = "one fused loop")
  public float[] fused() {
    int count = points.perHead();
    Arrays.fill(out, 0f);
    for (int q = 0; q < queries; q++) {
      for (int h = 0; h < heads; h++) {
        int row = q * heads + h;
        for (int point = 0; point < count; point++) {
          points.locate(locations, (row * count + point) * 2, point);
          for (int corner = 0; corner < 4; corner++) {
            float factor = weights[row * count + point] * points.share[corner];
            addToken(factor, (points.token[corner] * heads + h) * d, row * d);
          }
        }
      }
    }
    return out;
  }

  private void addToken(float factor, int from, int to) {
    for (int c = 0; c < d; c++) {
      out[to + c] += factor * value[from + c];
    }
  }

  // 3 ----------------------------------------------------------------------------------------
  // Where and what are parted: first a list of all 64 corners and their factors, then vectors of
  // channels run down the list with their sums in registers. Two vectors, and even and odd corners
  // apart, are four sums under way.

  /**
   * A list of corners for each query and head, then vectors.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 3, title = "list of corners, then vectors")
  public float[] corners() {
    for (int q = 0; q < queries; q++) {
      for (int h = 0; h < heads; h++) {
        gather(q, h, value, h * d, heads * d);
      }
    }
    return out;
  }

  /** The sums of a query and head; its tokens are {@code step} apart. */
  private void gather(int q, int h, float[] values, int at, int step) {
    int row = q * heads + h;
    points.list(locations, weights, row, step);
    for (int c = 0; c < d; c += 2 * LANES) {
      addTwo(values, at + c, row * d + c);
    }
  }

  private void addTwo(float[] values, int at, int to) {
    int[] offsets = points.offsets;
    float[] factors = points.factors;
    FloatVector even0 = FloatVector.zero(SPECIES);
    FloatVector even1 = even0;
    FloatVector odd0 = even0;
    FloatVector odd1 = even0;
    for (int i = 0; i < offsets.length; i += 2) {
      int from = at + offsets[i];
      FloatVector factor = FloatVector.broadcast(SPECIES, factors[i]);
      even0 = FloatVector.fromArray(SPECIES, values, from).fma(factor, even0);
      even1 = FloatVector.fromArray(SPECIES, values, from + LANES).fma(factor, even1);
      from = at + offsets[i + 1];
      factor = FloatVector.broadcast(SPECIES, factors[i + 1]);
      odd0 = FloatVector.fromArray(SPECIES, values, from).fma(factor, odd0);
      odd1 = FloatVector.fromArray(SPECIES, values, from + LANES).fma(factor, odd1);
    }
    even0.add(odd0).intoArray(out, to);
    even1.add(odd1).intoArray(out, to + LANES);
  }

  // 4 ----------------------------------------------------------------------------------------
  // In [S, H, D] the tokens of one head are 1 KiB apart: an eighth of each memory page belongs to
  // the
  // head, and its lines compete for a quarter of the cache's sets. Copied together, one head of
  // the maps nearly fits the second cache, and neighbouring queries, whose samples lie near one
  // another, find their tokens there. So heads go outside, and each is copied once.

  /**
   * One head after the other, its values copied together.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 4, title = "head after head, packed")
  public float[] headAfterHead() {
    float[] packed = new float[tokens * d];
    for (int h = 0; h < heads; h++) {
      for (int s = 0; s < tokens; s++) {
        System.arraycopy(value, (s * heads + h) * d, packed, s * d, d);
      }
      for (int q = 0; q < queries; q++) {
        gather(q, h, packed, 0, d);
      }
    }
    return out;
  }

  // 5 ----------------------------------------------------------------------------------------
  // The product's kernel also locates the points of a query by vectors, eight coordinates at a time
  // and without a branch, and copies the rows of locations and weights of a block of queries, which
  // are strided for the same reason as the values.

  /**
   * {@link AttentionKernels#deformableAttention}.
   *
   * @return out
   */
  @Benchmark
  @Rung(value = 5, title = "product", product = true)
  public float[] product() {
    kernels.deformableAttention(
        operands.value(), operands.levels(), operands.locations(), operands.weights(), result);
    return out;
  }
}
