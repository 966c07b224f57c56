package org.stabledino.tensor.profile;

import java.util.IdentityHashMap;
import java.util.Map;
import org.stabledino.tensor.Backend;
import org.stabledino.tensor.profile.ProfileNode.Kind;

/**
 * Measures where a thread's time goes, by phase, module, op and kernel.
 *
 * {@snippet :
 * Profile profile = new Profile(names);
 * try (Profile.Recording on = profile.record()) {
 *   model.forward(images);
 * }
 * profile.root(); // a tree of times, calls, operations and bytes
 * }
 *
 * <p>While a recording is open, every backend's kernels are called through {@link ProfiledBackend},
 * which counts them; modules, ops and phases tell where they are through {@link #module}, {@link
 * #op} and {@link #phase}. Without a recording these three find nothing and return null, which
 * closes to nothing, and the backends are what they always are: a profile that nobody takes costs a
 * look at one field for each.
 *
 * <p>An op remembers the {@linkplain #site place} it was recorded at, so that the backward pass,
 * which no module calls, is charged to the module that caused it.
 *
 * <p>Times are those of the recording thread, which waits for the workers of each kernel; what
 * other threads call is not seen. On a GPU kernels only start within their call, so a profile there
 * would say nothing; it is for the CPU.
 */
public final class Profile {
  /** The profile whose recording is open. Plain, because its own thread alone acts on it. */
  private static Profile open;

  private final Map<Object, String> names = new IdentityHashMap<>();
  private final ProfileNode root = new ProfileNode("all", Kind.ROOT, null);
  private ProfileNode current = root;
  private Thread thread;
  private long since;

  /**
   * A profile without recordings yet.
   *
   * @param names the path of each module, such as {@code transformer.encoder.layers.0}
   */
  public Profile(Map<?, String> names) {
    this.names.putAll(names);
  }

  /**
   * Starts to measure this thread; what several recordings measure adds up.
   *
   * @return ends the recording
   * @throws IllegalStateException if a recording is open
   */
  public Recording record() {
    if (open != null) {
      throw new IllegalStateException("a profile is being recorded; close that recording first");
    }
    thread = Thread.currentThread();
    current = root;
    root.called();
    Backend.Registry.wrap(plain -> new ProfiledBackend(plain, this));
    open = this;
    since = System.nanoTime();
    return new Recording();
  }

  /** A time during which a profile measures. */
  public final class Recording implements AutoCloseable {
    private Recording() {}

    @Override
    public void close() {
      moveTo(root);
      open = null;
      Backend.Registry.wrap(null);
    }
  }

  /** A visit to a place; closing it returns to the place before. */
  public static final class Visit implements AutoCloseable {
    private final Profile profile;
    private final ProfileNode before;

    private Visit(Profile profile, ProfileNode place) {
      this.profile = profile;
      this.before = profile.current;
      profile.moveTo(place);
      place.called();
    }

    @Override
    public void close() {
      profile.moveTo(before);
    }
  }

  /** The open profile of this thread, or null. */
  private static Profile here() {
    Profile profile = open;
    return profile != null && profile.thread == Thread.currentThread() ? profile : null;
  }

  /**
   * Enters a part of the program.
   *
   * @param name what is done in it
   * @return to be closed at its end; null where nothing is recorded
   */
  public static Visit phase(String name) {
    Profile profile = here();
    return profile == null
        ? null
        : new Visit(profile, profile.current.phase().child(name, Kind.PHASE));
  }

  /**
   * Enters a module. Its place depends on its own path and the phase only, so that a module which
   * others share, or that is called from afar, stands where its parameters do.
   *
   * @param module the module; one that the profile has no path of appears below the current place,
   *     under its class's name
   * @return to be closed at its end; null where nothing is recorded
   */
  public static Visit module(Object module) {
    Profile profile = here();
    return profile == null ? null : new Visit(profile, profile.place(module));
  }

  /**
   * Enters an op.
   *
   * @param name the op's name
   * @return to be closed at its end; null where nothing is recorded
   */
  public static Visit op(String name) {
    Profile profile = here();
    return profile == null ? null : new Visit(profile, profile.current.site().child(name, Kind.OP));
  }

  /**
   * Enters an op in the place of the current phase that another place has in its own.
   *
   * @param site where the op was recorded; null for the current place
   * @param name the op's name
   * @return to be closed at its end; null where nothing is recorded
   */
  public static Visit op(ProfileNode site, String name) {
    Profile profile = here();
    if (profile == null || site == null) {
      return op(name);
    }
    return new Visit(profile, site.below(profile.current.phase()).child(name, Kind.OP));
  }

  /**
   * Where this thread is, for an op to remember.
   *
   * @return the module's or phase's place; null where nothing is recorded
   */
  public static ProfileNode site() {
    Profile profile = here();
    return profile == null ? null : profile.current.site();
  }

  private ProfileNode place(Object module) {
    String path = names.get(module);
    if (path == null) {
      return current.site().child(module.getClass().getSimpleName(), Kind.MODULE);
    }
    ProfileNode place = current.phase();
    for (String part : path.split("\\.")) {
      place = part.isEmpty() ? place : place.child(part, Kind.MODULE);
    }
    return place;
  }

  /** Runs a kernel and counts it, where the recording thread calls. */
  static Visit kernel(Profile profile, KernelCall call) {
    if (here() != profile) {
      return null;
    }
    ProfileNode place = profile.current.child(call.name(), Kind.KERNEL);
    place.worked(KernelCost.flop(call), KernelCost.bytes(call));
    return new Visit(profile, place);
  }

  private void moveTo(ProfileNode next) {
    long now = System.nanoTime();
    current.spent(now - since);
    since = now;
    current = next;
  }

  /**
   * What was measured.
   *
   * @return the whole, with all places below; its calls are the recordings
   */
  public ProfileNode root() {
    return root;
  }
}
