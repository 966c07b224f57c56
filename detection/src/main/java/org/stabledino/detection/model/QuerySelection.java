package org.stabledino.detection.model;

import static org.stabledino.autograd.ops.Ops.add;
import static org.stabledino.autograd.ops.Ops.gatherRows;
import static org.stabledino.autograd.ops.Ops.maskedFill;
import static org.stabledino.autograd.ops.Ops.mul;
import static org.stabledino.autograd.ops.Ops.sigmoid;

import org.stabledino.autograd.GradMode;
import org.stabledino.autograd.Variable;
import org.stabledino.detection.UserException;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Linear;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.DType;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Shape;
import org.stabledino.tensor.Tensor;

/**
 * Two-stage query selection: the tokens with the highest class score become the first references.
 *
 * <p>Scoring looks at all tokens but needs no gradient; what the encoder's loss sees is computed
 * again from the few selected rows of the memory, which is the same and far cheaper to
 * differentiate.
 */
final class QuerySelection {
  private final Linear projection;
  private final LayerNorm norm;
  private final Heads heads;
  private final int numQueries;

  QuerySelection(Linear projection, LayerNorm norm, Heads heads, int numQueries) {
    this.projection = projection;
    this.norm = norm;
    this.heads = heads;
    this.numQueries = numQueries;
  }

  /**
   * The selected tokens of a batch.
   *
   * @param indices which tokens, best first, int32 [B, Q]
   * @param features of the tokens after projection and norm, [B, Q, C]
   * @param boxes (cx, cy, w, h) in 0..1, [B, Q, 4]
   */
  record Selection(Tensor indices, Variable features, Variable boxes) {}

  /**
   * Selects.
   *
   * @param memory of the encoder, [B, S, C]
   * @param proposals of its tokens
   * @return the best Q tokens of each image, by their largest class logit
   */
  Selection select(Variable memory, Proposals proposals) {
    if (memory.dim(1) < numQueries) {
      throw new UserException(
          "images this small have %d tokens, fewer than the %d queries: use larger images, or set fewer queries (numQueries)"
              .formatted(memory.dim(1), numQueries));
    }
    return at(memory, proposals, best(memory, proposals));
  }

  /** The class logits of all tokens, [B, S, K]; no gradient flows through them. */
  Variable scores(Variable memory, Proposals proposals) {
    try (GradMode _ = GradMode.noGrad()) {
      Variable valid = maskedFill(memory, proposals.invalid(), 0f);
      return heads.logits(heads.encoder(), norm.forward(projection.forward(valid)));
    }
  }

  private Tensor best(Variable memory, Proposals proposals) {
    int batch = memory.dim(0);
    int tokens = memory.dim(1);
    try (Scope scope = Scope.open()) {
      Tensor logits = scores(memory, proposals).data();
      Backend backend = logits.backend();
      Tensor largest = backend.empty(DType.FLOAT32, Shape.of(batch, tokens));
      backend.indexing().maxLast(logits, largest, null);
      Tensor indices = backend.empty(DType.INT32, Shape.of(batch, numQueries));
      backend.indexing().topK(largest, numQueries, null, indices);
      return scope.keep(indices);
    }
  }

  /** The same for tokens that are given. */
  Selection at(Variable memory, Proposals proposals, Tensor indices) {
    Variable valid = Variable.constant(valid(proposals.invalid()));
    Variable rows = mul(gatherRows(memory, indices), gatherRows(valid, indices));
    Variable features = norm.forward(projection.forward(rows));
    Variable logits = gatherRows(Variable.constant(proposals.logits()), indices);
    Variable boxes = sigmoid(add(heads.offsets(heads.encoder(), features), logits));
    return new Selection(indices, features, boxes);
  }

  /** 0 for tokens that are invalid, else 1, [B, S, 1]. */
  private static Tensor valid(Tensor invalid) {
    Backend backend = invalid.backend();
    Tensor valid = backend.empty(DType.FLOAT32, Shape.of(invalid.dim(0), invalid.dim(1), 1));
    backend.elementwise().fill(valid, 1f);
    backend.elementwise().maskedFill(valid, invalid, 0f, valid);
    return valid;
  }

  /** What the encoder's heads say about a selection. */
  Prediction predict(Selection selection) {
    return new Prediction(heads.logits(heads.encoder(), selection.features()), selection.boxes());
  }
}
