package org.stabledino.detection.study;

import java.nio.file.Path;
import java.util.List;
import org.stabledino.autograd.GradMode;
import org.stabledino.detection.UserException;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.detection.config.DataConfig;
import org.stabledino.detection.data.DataSource;
import org.stabledino.detection.data.PrefetchLoader;
import org.stabledino.detection.data.Sample;
import org.stabledino.detection.engine.Batch;
import org.stabledino.detection.engine.ModelFile;
import org.stabledino.detection.engine.Pictures;
import org.stabledino.detection.engine.RunListener;
import org.stabledino.detection.matching.AssignmentException;
import org.stabledino.detection.matching.Matching;
import org.stabledino.detection.matching.UnstableScore;
import org.stabledino.tensor.Scope;

/**
 * Measures the unstable score of a trained detector over a data set (paper, Sec. 2.4.3 and Fig. 3).
 *
 * <p>Pictures are resized as in evaluation, without augmentation and without denoising queries;
 * every head is matched with the cost the detector was trained with. Crowds do not count, as in
 * training.
 */
public final class StabilityAnalysis {
  private static final int PICTURES_AHEAD = 8;

  private StabilityAnalysis() {}

  /**
   * Measures.
   *
   * @param run what the detector is called
   * @param detector the detector
   * @param source pictures and ground truth
   * @param listener hears of the progress
   * @return the counts
   * @throws UserException if the data set has no ground truth to match
   */
  public static Stability run(
      String run, ModelFile.Loaded detector, DataSource source, RunListener listener) {
    int layers = detector.config().model().transformer().decoderLayers();
    DataConfig data = detector.config().data();
    Counts counts = new Counts(layers);
    int total = source.dataset().images().size();
    try (PrefetchLoader<Sample> samples =
        new PrefetchLoader<>(
            index -> Pictures.evaluationSample(source, data, (int) index),
            0,
            total,
            data.workers(),
            PICTURES_AHEAD)) {
      for (int done = 1; samples.hasNext(); done++) {
        Sample sample = samples.next();
        if (sample.size() > 0) {
          add(run, detector, source.imageFile(done - 1), sample, counts);
        }
        listener.evaluating(done, total);
      }
    }
    if (counts.truths == 0) {
      throw new UserException(
          "%s: no image has an annotation that can be matched; give a split with annotations"
              .formatted(source.dataset().file()));
    }
    return counts.result(run);
  }

  /** One picture at a time: padding would change what the backbone sees at a border. */
  private static void add(
      String run, ModelFile.Loaded detector, Path picture, Sample sample, Counts counts) {
    try (GradMode _ = GradMode.noGrad();
        Scope _ = Scope.open()) {
      Batch batch = Batch.of(List.of(sample));
      List<Head> heads = Head.of(detector.model().forward(batch.images(), batch.sizes(), null));
      List<List<Matching>> matchings =
          Head.match(heads, batch.targets(), detector.config().model().matching());
      counts.add(heads, matchings.getFirst(), batch.targets().getFirst());
    } catch (AssignmentException notFinite) {
      UserException failure = Observer.notFinite("the detector " + run, picture);
      failure.initCause(notFinite);
      throw failure;
    }
  }

  /** What adds up from image to image. */
  private static final class Counts {
    private final UnstableScore score;
    private final long[] truthsByChanges;
    private List<String> heads = List.of();
    private long images;
    private long truths;

    Counts(int layers) {
      score = new UnstableScore(layers + 1);
      truthsByChanges = new long[layers + 1];
    }

    void add(List<Head> allHeads, List<Matching> matchings, Targets targets) {
      heads = allHeads.stream().map(Head::name).toList();
      score.add(matchings, targets.count());
      images++;
      truths += targets.count();
      for (int changes : changes(matchings, targets.count())) {
        truthsByChanges[changes]++;
      }
    }

    Stability result(String run) {
      long[] changed = new long[score.pairs()];
      for (int pair = 0; pair < changed.length; pair++) {
        changed[pair] = score.changed(pair);
      }
      return new Stability(run, heads, images, truths, changed, truthsByChanges);
    }
  }

  /** How often each target changes its query from head to head. */
  static int[] changes(List<Matching> heads, int targets) {
    int[] changes = new int[targets];
    for (int head = 1; head < heads.size(); head++) {
      int[] before = heads.get(head - 1).queryOfTarget(targets);
      int[] now = heads.get(head).queryOfTarget(targets);
      for (int target = 0; target < targets; target++) {
        changes[target] += before[target] == now[target] ? 0 : 1;
      }
    }
    return changes;
  }
}
