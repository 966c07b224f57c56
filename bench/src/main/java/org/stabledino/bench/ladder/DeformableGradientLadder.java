package org.stabledino.bench.ladder;

import java.util.Arrays;
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
 * The gradients of deformable attention. With g the gradient of a query's and head's result and v
 * the token at a corner, each corner needs the dot product g·v, which makes the gradients of the
 * weight and the location, and adds {@code weight * share * g} to the gradient of v.
 *
 * <p>The addition is the trouble: many queries add to one token, wherever their samples happened to
 * fall.
 */
public class DeformableGradientLadder extends Ladder {
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
  private float[] gradOut;
  private Tensor toValue;
  private Tensor toLocations;
  private Tensor toWeights;
  private float[] gradValue;
  private float[] gradLocations;
  private float[] gradWeights;
  private float[] maps;
  private float[] gradMaps;
  private float[] samples;
  private float[] gradSamples;
  private AttentionKernels kernels;

  /** A ladder whose shape is not set yet. */
  public DeformableGradientLadder() {}

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
    value = operands.value().floats();
    locations = operands.locations().floats();
    weights = operands.weights().floats();
    gradOut = operands.gradOut().floats();
    toValue = Tensor.empty(operands.value().shape().dims());
    toLocations = Tensor.empty(operands.locations().shape().dims());
    toWeights = Tensor.empty(operands.weights().shape().dims());
    gradValue = toValue.floats();
    gradLocations = toLocations.floats();
    gradWeights = toWeights.floats();
    maps = new float[heads * d * tokens];
    gradMaps = new float[heads * d * tokens];
    samples = new float[heads * d * queries * points.perHead()];
    gradSamples = new float[samples.length];
    kernels = Backend.of(Device.CPU).attention();
  }

  @Override
  public double flops() {
    return 2 * DeformableOperands.flops(NamedShape.of(shape));
  }

  @Override
  public double bytes(String rung) {
    NamedShape s = NamedShape.of(shape);
    double values = SamplingPoints.tokens(s) * s.get(2);
    double samples = (double) s.get(1) * s.get(3) * SamplingPoints.perHead(s);
    double once = 2 * values + 6 * samples + (double) s.get(1) * s.get(2);
    double between = rung.equals("composition") ? 5 * samples * s.get(2) / s.get(3) : 0;
    return 4 * (once + between);
  }

  @Override
  public float[][] results() {
    return new float[][] {gradValue, gradLocations, gradWeights};
  }

  // 1 ----------------------------------------------------------------------------------------
  // As automatic differentiation walks the composed form back. The product with the weights gives
  // the gradients of all samples, [H, D, Q, L P], to memory; sampling turns them into gradients of
  // maps [H, D, S], number by number, and of locations; the maps are transposed back.

  /**
   * The operations of the forward pass, one after the other, backwards.
   *
   * @return the gradient of the values
   */
  @Benchmark
  @Rung(value = 1, title = "composed of operations")
  public float[] composition() {
    for (int s = 0; s < tokens; s++) {
      for (int c = 0; c < heads * d; c++) {
        maps[c * tokens + s] = value[s * heads * d + c];
      }
    }
    backThroughSum();
    backThroughSampling();
    for (int s = 0; s < tokens; s++) {
      for (int c = 0; c < heads * d; c++) {
        gradValue[s * heads * d + c] = gradMaps[c * tokens + s];
      }
    }
    return gradValue;
  }

  /** The gradients of the samples, and those of the weights, for which samples are taken anew. */
  private void backThroughSum() {
    int count = points.perHead();
    Arrays.fill(gradWeights, 0f);
    for (int h = 0; h < heads; h++) {
      for (int q = 0; q < queries; q++) {
        for (int point = 0; point < count; point++) {
          points.locate(locations, ((q * heads + h) * count + point) * 2, point);
          for (int c = 0; c < d; c++) {
            float sample = 0f;
            for (int corner = 0; corner < 4; corner++) {
              sample += points.share[corner] * maps[(h * d + c) * tokens + points.token[corner]];
            }
            samples[((h * d + c) * queries + q) * count + point] = sample;
          }
        }
      }
    }
    for (int h = 0; h < heads; h++) {
      for (int c = 0; c < d; c++) {
        for (int q = 0; q < queries; q++) {
          float g = gradOut[(q * heads + h) * d + c];
          for (int point = 0; point < count; point++) {
            int sample = ((h * d + c) * queries + q) * count + point;
            int weight = (q * heads + h) * count + point;
            gradSamples[sample] = g * weights[weight];
            gradWeights[weight] += g * samples[sample];
          }
        }
      }
    }
  }

  /** The gradients of the maps, and those of the locations. */
  private void backThroughSampling() {
    int count = points.perHead();
    Arrays.fill(gradMaps, 0f);
    for (int h = 0; h < heads; h++) {
      for (int q = 0; q < queries; q++) {
        for (int point = 0; point < count; point++) {
          int at = ((q * heads + h) * count + point) * 2;
          points.locate(locations, at, point);
          float gx = 0f;
          float gy = 0f;
          for (int c = 0; c < d; c++) {
            float g = gradSamples[((h * d + c) * queries + q) * count + point];
            for (int corner = 0; corner < 4; corner++) {
              int token = (h * d + c) * tokens + points.token[corner];
              gradMaps[token] += points.share[corner] * g;
              gx += points.slopeX[corner] * g * maps[token];
              gy += points.slopeY[corner] * g * maps[token];
            }
          }
          gradLocations[at] = gx;
          gradLocations[at + 1] = gy;
        }
      }
    }
  }

  // 2 ----------------------------------------------------------------------------------------
  // One visit for each corner: while its token is at hand, take the dot product and add the
  // gradient. Nothing of the samples' size is stored. The additions run along the channels by
  // vectors, the dot product does not: its additions have an order.

  /**
   * One loop over queries, heads, points and corners.
   *
   * @return the gradient of the values
   */
  @Benchmark
  @Rung(value = 2, title = "one fused loop")
  public float[] fused() {
    int count = points.perHead();
    Arrays.fill(gradValue, 0f);
    for (int q = 0; q < queries; q++) {
      for (int h = 0; h < heads; h++) {
        int row = q * heads + h;
        for (int point = 0; point < count; point++) {
          int sample = row * count + point;
          points.locate(locations, 2 * sample, point);
          float gx = 0f;
          float gy = 0f;
          float gw = 0f;
          for (int corner = 0; corner < 4; corner++) {
            int token = (points.token[corner] * heads + h) * d;
            float dot = dot(token, row * d);
            addToken(weights[sample] * points.share[corner], row * d, token);
            gw += points.share[corner] * dot;
            gx += points.slopeX[corner] * dot;
            gy += points.slopeY[corner] * dot;
          }
          gradWeights[sample] = gw;
          gradLocations[2 * sample] = weights[sample] * gx;
          gradLocations[2 * sample + 1] = weights[sample] * gy;
        }
      }
    }
    return gradValue;
  }

  private float dot(int token, int row) {
    float sum = 0f;
    for (int c = 0; c < d; c++) {
      sum += gradOut[row + c] * value[token + c];
    }
    return sum;
  }

  private void addToken(float factor, int row, int token) {
    for (int c = 0; c < d; c++) {
      gradValue[token + c] += factor * gradOut[row + c];
    }
  }

  // 3 ----------------------------------------------------------------------------------------
  // The product's kernel gives every head to one task, so that no two threads ever add to the same
  // token: no locks, no atomic additions, the same bits each time. It packs the head's values and
  // gradients, lists the corners as the forward pass does, and takes the dot products of all 64
  // corners by vectors, whose lanes are added up together at the end.

  /**
   * {@link AttentionKernels#deformableAttentionBackward}.
   *
   * @return the gradient of the values
   */
  @Benchmark
  @Rung(value = 3, title = "product", product = true)
  public float[] product() {
    kernels.deformableAttentionBackward(
        operands.gradOut(),
        operands.value(),
        operands.levels(),
        operands.locations(),
        operands.weights(),
        toValue,
        toLocations,
        toWeights);
    return gradValue;
  }
}
