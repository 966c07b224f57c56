package org.stabledino.detection.model;

/**
 * Which of two texts decides where they differ: the paper's equations or the authors' published
 * training code. Each difference is an option of its own; {@link StableDinoConfig#with(Compat)}
 * sets all six.
 *
 * <table>
 * <caption>What differs</caption>
 * <tr><th>option</th><th>paper</th><th>released</th></tr>
 * <tr><td>{@link MatchingConfig#modulation}</td><td>by the pair's own GIoU</td>
 *     <td>by that of the last target of the same class in the batch</td></tr>
 * <tr><td>{@link LossConfig#rescaling}</td><td>to the image's largest IoU for 900 queries, to 1 for
 *     300</td><td>to 1</td></tr>
 * <tr><td>{@link LossConfig#denoisingClassLoss}</td><td>focal</td><td>position-supervised</td></tr>
 * <tr><td>{@link DenoisingConfig#negativeStep}</td><td>1</td><td>0</td></tr>
 * <tr><td>{@link StableDinoConfig#maskPaddingInEvaluation}</td><td>yes</td><td>no</td></tr>
 * <tr><td>{@link LossConfig#finiteLogarithms}</td><td>yes</td><td>no: NaN below a logit of about
 *     -88</td></tr>
 * </table>
 */
public enum Compat {
  /** As the paper's equations say. */
  PAPER,
  /** As the published code does, so that its checkpoints and numbers can be compared. */
  RELEASED
}
