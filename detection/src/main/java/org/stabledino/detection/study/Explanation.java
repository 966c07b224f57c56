package org.stabledino.detection.study;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.stabledino.detection.UserException;
import org.stabledino.detection.model.MatchingConfig;
import org.stabledino.detection.model.MatchingConfig.Modulation;
import org.stabledino.detection.report.PngFile;
import org.stabledino.detection.report.StoryPage;
import org.stabledino.detection.study.Observation.Pair;

/**
 * The pictures and the page that explain what a detector did with one picture.
 *
 * <pre>
 * index.html        all of it, with the paper's equations
 * matched.png       the matched queries of every head on the picture
 * chains.png        the query of each ground truth from head to head
 * scores.png        IoU and class probability of all pairs, and what modulation changes
 * sampling-N.png    where query N looks, by layer, level and head
 * denoising.png     the copies of the first denoising group
 * mask.png          who sees whom
 * </pre>
 */
public final class Explanation {
  private static final int SAMPLED_QUERIES = 3;

  private final Observation seen;
  private final int[] queries;
  private final int layer;

  /**
   * An explanation.
   *
   * @param seen what the detector did
   * @param queries whose sampling points are shown; empty for the best matched ones
   * @param layer the decoder layer that is looked at closely, from 1; 0 for the last one, and for
   *     the costs the one where modulation changes most
   * @throws UserException if there is no such query or layer
   */
  public Explanation(Observation seen, List<Integer> queries, int layer) {
    for (int query : queries) {
      if (query < 0 || query >= seen.queries()) {
        throw new UserException(
            "--query %d: the detector has queries 0 to %d".formatted(query, seen.queries() - 1));
      }
    }
    if (layer < 0 || layer > seen.layers().size()) {
      throw new UserException(
          "--layer %d: the decoder has layers 1 to %d".formatted(layer, seen.layers().size()));
    }
    this.seen = seen;
    this.queries =
        queries.isEmpty()
            ? seen.bestQueries(SAMPLED_QUERIES)
            : queries.stream().distinct().mapToInt(query -> query).toArray();
    this.layer = layer;
  }

  /** A pair that only one of the two costs takes. */
  record Changed(int head, int target, Pair without, Pair with) {}

  /**
   * The ground truths whose query depends on the modulation, head by head; a query may be null.
   *
   * @param seen what the detector did
   */
  static List<Changed> changes(Observation seen) {
    int[][] without = seen.matched(seen.unmodulated());
    int[][] with = seen.matched(seen.modulated());
    List<Changed> changes = new ArrayList<>();
    for (int head = 0; head < with.length; head++) {
      for (int target = 0; target < with[head].length; target++) {
        if (with[head][target] != without[head][target]) {
          changes.add(
              new Changed(
                  head,
                  target,
                  pair(seen, head, without[head][target], target),
                  pair(seen, head, with[head][target], target)));
        }
      }
    }
    return changes;
  }

  private static Pair pair(Observation seen, int head, int query, int target) {
    return query < 0 ? null : seen.pair(head, query, target);
  }

  /**
   * Writes the page and its pictures.
   *
   * @param folder where; it is made if it is missing
   * @return the page
   * @throws UserException if a file cannot be written
   */
  public Path write(Path folder) {
    int heads = seen.heads().size();
    int[][] matched = seen.matched();
    int moves = 0;
    for (int head = 1; head < heads; head++) {
      moves += ChainFigure.changed(matched, head);
    }
    StoryPage page =
        new StoryPage(
                "Stable matching on " + seen.fileName(),
                "image %d, %d ground truths, %d queries, %d decoder layers"
                    .formatted(seen.imageId(), seen.targets().count(), seen.queries(), heads - 1))
            .fact("ground truths", "" + seen.targets().count())
            .fact("changes of query, all heads", "" + moves)
            .fact(
                "unstable score, mean of all pairs",
                String.format(
                    Locale.ROOT,
                    "%.1f %%",
                    100.0 * moves / ((heads - 1.0) * seen.targets().count())));
    matching(page, folder);
    costs(page, folder);
    sampling(page, folder);
    denoising(page, folder);
    Path index = folder.resolve("index.html");
    page.write(index);
    return index;
  }

  private static Path png(Path folder, String name, BufferedImage picture) {
    Path file = folder.resolve(name);
    PngFile.write(picture, file);
    return file;
  }

  private void matching(StoryPage page, Path folder) {
    page.section("Matched queries, head by head")
        .text(
            "At every head the Hungarian matching gives each ground truth the one query that"
                + " learns it. A ground truth that changes its query from one layer to the next"
                + " gives the layers different goals: this is the multi-layer optimization path"
                + " problem. The unstable score (paper, Sec. 2.4.3) is the percentage of ground"
                + " truths that change.")
        .figure(
            png(folder, "matched.png", MatchedFigure.draw(seen)),
            "The matched queries' boxes at the encoder and after each decoder layer")
        .figure(
            png(folder, "chains.png", ChainFigure.draw(seen)),
            seen.targets().count() > ChainFigure.MOST_ROWS
                ? "The first %d of %d ground truths; the percentages count all"
                    .formatted(ChainFigure.MOST_ROWS, seen.targets().count())
                : "The same as a table: a row for each ground truth");
  }

  private void costs(StoryPage page, Path folder) {
    MatchingConfig cost = seen.modulated();
    List<Changed> changes = changes(seen);
    int head = layer > 0 ? layer : mostChanged(changes);
    page.section("Positions and scores")
        .text(
            "Without modulation a confident query may win a ground truth from a better placed one."
                + " The position-modulated cost (Eq. 4) multiplies the probability by the pair's"
                + " overlap, so along the light lines, drawn for GIoU = IoU, the class cost is the"
                + " same: a badly placed query needs a higher p. Box costs, which both share, are"
                + " not in this picture.")
        .equation(
            "q = p · u^%s     u = (GIoU + 1)/2, times max(1, 1 / max u)%ncost = %s · class(q) + %s · L1 + %s · (1 − GIoU)"
                .formatted(cost.exponent(), cost.classWeight(), cost.l1Weight(), cost.giouWeight()))
        .figure(
            png(folder, "scores.png", ScoresFigure.draw(seen, head)),
            "All pairs at %s; this detector is trained %s modulation"
                .formatted(
                    seen.heads().get(head).name(),
                    seen.cost().modulation() == Modulation.NONE ? "without" : "with"));
    if (changes.isEmpty()) {
      page.text("On this picture both costs take the same pairs at every head.");
      return;
    }
    page.table(
        List.of("head", "ground truth", "without modulation", "with modulation"),
        changes.stream()
            .map(
                change ->
                    List.of(
                        seen.heads().get(change.head).name(),
                        "%d, %s".formatted(change.target, seen.className(change.target)),
                        describe(change.without),
                        describe(change.with)))
            .toList());
  }

  private static String describe(Pair pair) {
    return pair == null
        ? "none"
        : String.format(
            Locale.ROOT, "#%d: IoU %.2f, p %.2f", pair.query(), pair.iou(), pair.probability());
  }

  /** The head at which most pairs change, the last of them; the last head where none do. */
  private int mostChanged(List<Changed> changes) {
    int most = seen.heads().size() - 1;
    long largest = 0;
    for (int head = seen.heads().size() - 1; head >= 0; head--) {
      int h = head;
      long count = changes.stream().filter(change -> change.head == h).count();
      if (count > largest) {
        largest = count;
        most = head;
      }
    }
    return most;
  }

  private void sampling(StoryPage page, Path folder) {
    int focus = (layer > 0 ? layer : seen.layers().size()) - 1;
    page.section("Sampling points")
        .text(
            "In cross attention a query reads the memory at a few points around its box: for each"
                + " head and level, location = centre + offset / points · size / 2 (Deformable"
                + " DETR, Eq. 3 and Sec. A.4). Offsets and weights are linear in the query; the"
                + " weights of a head sum to 1 over all levels.");
    IntStream.of(queries)
        .forEach(
            query ->
                page.figure(
                    png(
                        folder,
                        "sampling-" + query + ".png",
                        SamplingFigure.draw(seen, query, focus)),
                    "Query #%d: above by layer, below by level, for %s"
                        .formatted(query, seen.heads().get(focus + 1).name())));
  }

  private void denoising(StoryPage page, Path folder) {
    if (seen.denoising() == null) {
      return;
    }
    var layout = seen.denoising().layout();
    page.section("Denoising queries")
        .text(
            ("In training each ground truth is also copied with noise, %d times: %d groups with a"
                    + " positive and negative copies. The decoder learns to restore the positive"
                    + " copies and to reject the negative ones (DN-DETR, DINO). Since they know"
                    + " their ground truth, they are not matched, and cannot become unstable.")
                .formatted(layout.groups() * layout.copies(), layout.groups()))
        .figure(
            png(folder, "denoising.png", DenoisingFigure.draw(seen)),
            "The first group, with the noise of the run's first step")
        .text(
            "Matching queries must not see the denoising ones, which hold the answers, and groups"
                + " must not see each other; denoising queries may see the matching ones.")
        .figure(
            png(folder, "mask.png", MaskFigure.draw(seen)),
            "The mask of the decoder's self attention");
  }
}
