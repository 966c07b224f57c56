package org.stabledino.tensor.profile;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A place of a {@link Profile}: what ran there, and what ran below it.
 *
 * <p>At every entry and exit the time since the last one goes to the place that was current, so a
 * place's own times and those below it add up to the whole, with nothing counted twice.
 */
public final class ProfileNode {

  /** What a place stands for. */
  public enum Kind {
    /** The whole. */
    ROOT,
    /** A part of the program, such as the forward or the backward pass. */
    PHASE,
    /** A module of the network, or a step on the path to it. */
    MODULE,
    /** A differentiable op. */
    OP,
    /** A kernel of the backend. */
    KERNEL
  }

  private final String name;
  private final Kind kind;
  private final ProfileNode parent;
  private final Map<String, ProfileNode> children = new LinkedHashMap<>();
  private long calls;
  private long ownNanos;
  private double ownFlop;
  private double ownBytes;

  ProfileNode(String name, Kind kind, ProfileNode parent) {
    this.name = name;
    this.kind = kind;
    this.parent = parent;
  }

  /** The place of this name below this one, made where there is none yet. */
  ProfileNode child(String childName, Kind childKind) {
    return children.computeIfAbsent(childName, _ -> new ProfileNode(childName, childKind, this));
  }

  void called() {
    calls++;
  }

  void spent(long nanos) {
    ownNanos += nanos;
  }

  void worked(double flop, double bytes) {
    ownFlop += flop;
    ownBytes += bytes;
  }

  /**
   * The last part of its path.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * What it stands for.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * The place above.
   *
   * @return null for the whole
   */
  public ProfileNode parent() {
    return parent;
  }

  /**
   * The places below, in the order in which they were first entered.
   *
   * @return an unmodifiable view
   */
  public Collection<ProfileNode> children() {
    return Collections.unmodifiableCollection(children.values());
  }

  /**
   * How often it was entered itself.
   *
   * @return the count
   */
  public long calls() {
    return calls;
  }

  /**
   * The time spent here and not below.
   *
   * @return nanoseconds
   */
  public long ownNanos() {
    return ownNanos;
  }

  /**
   * The time spent here and below.
   *
   * @return nanoseconds
   */
  public long nanos() {
    long sum = ownNanos;
    for (ProfileNode child : children.values()) {
      sum += child.nanos();
    }
    return sum;
  }

  /**
   * The arithmetic of the kernels here and below; a multiply-add is two.
   *
   * @return floating-point operations
   */
  public double flop() {
    double sum = ownFlop;
    for (ProfileNode child : children.values()) {
      sum += child.flop();
    }
    return sum;
  }

  /**
   * What the kernels here and below must at least read and write.
   *
   * @return bytes
   */
  public double bytes() {
    double sum = ownBytes;
    for (ProfileNode child : children.values()) {
      sum += child.bytes();
    }
    return sum;
  }

  /** The nearest place, from here upwards, that is no op and no kernel. */
  ProfileNode site() {
    ProfileNode at = this;
    while (at.kind == Kind.OP || at.kind == Kind.KERNEL) {
      at = at.parent;
    }
    return at;
  }

  /** The nearest phase, from here upwards, or the whole. */
  ProfileNode phase() {
    ProfileNode at = this;
    while (at.kind != Kind.PHASE && at.kind != Kind.ROOT) {
      at = at.parent;
    }
    return at;
  }

  /** The place with the same path below another phase. */
  ProfileNode below(ProfileNode phase) {
    return kind == Kind.PHASE || kind == Kind.ROOT ? phase : parent.below(phase).child(name, kind);
  }
}
