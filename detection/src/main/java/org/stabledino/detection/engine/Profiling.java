package org.stabledino.detection.engine;

import org.stabledino.nn.Module;
import org.stabledino.tensor.profile.Profile;
import org.stabledino.tensor.profile.ProfileNode;

/**
 * Measures what a command repeats, such as steps or pictures, but for the first ones, in which
 * classes are loaded and loops are compiled.
 */
public final class Profiling {
  /** Measures nothing. */
  public static final Profiling NONE = new Profiling(null, 0);

  private static final int MOST_SKIPPED = 10;

  private final Profile profile;
  private long skip;

  private Profiling(Profile profile, long skip) {
    this.profile = profile;
    this.skip = skip;
  }

  /**
   * Measures a model at work.
   *
   * @param model the root of the modules that the profile names
   * @param expected how often it will work; the first half is left out, but never more than 10
   * @return the measurement, nothing seen yet
   */
  static Profiling of(Module model, long expected) {
    return new Profiling(new Profile(model.paths()), Math.min(MOST_SKIPPED, expected / 2));
  }

  /** Begins the next repetition; null, which closes to nothing, where it is not measured. */
  Profile.Recording next() {
    return profile == null || skip-- > 0 ? null : profile.record();
  }

  /**
   * What was measured.
   *
   * @return the whole; its calls are the repetitions
   */
  public ProfileNode result() {
    return profile.root();
  }
}
