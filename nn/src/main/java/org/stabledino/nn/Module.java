package org.stabledino.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.stabledino.nn.init.Rng;
import org.stabledino.tensor.Device;
import org.stabledino.tensor.Scope;
import org.stabledino.tensor.Tensor;
import org.stabledino.tensor.profile.Profile;

/**
 * A part of a network: a tree of modules with parameters and buffers at its nodes.
 *
 * <p>The path of a parameter, such as {@code transformer.encoder.layers.0.norms.0.weight}, is its
 * name in checkpoints; paths equal those of the official models, so that published weights load as
 * they are. A parameter reachable on several paths counts once, under the first.
 *
 * <p>Subclasses register what they own in their constructor with {@link #parameter}, {@link
 * #buffer} and {@link #child}, and offer a {@code forward} of their own signature.
 */
public abstract class Module {
  private final Map<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private boolean training = true;
  private Device device = Device.CPU;

  /** A module without parts. */
  protected Module() {}

  /**
   * Tells a {@link Profile}, where one is taken, that this module computes from here on.
   *
   * {@snippet :
   * try (var _ = enter()) {
   *   return Ops.linear(x, weight, bias);
   * }
   * }
   *
   * @return to be closed where it ends; null where nobody takes a profile
   */
  protected final Profile.Visit enter() {
    return Profile.module(this);
  }

  /**
   * The path of every module of the tree, as a {@link Profile} wants them; of a module with several
   * paths the first.
   *
   * @return a new map
   */
  public final Map<Module, String> paths() {
    Map<Module, String> paths = new IdentityHashMap<>();
    visit("", (prefix, module) -> paths.putIfAbsent(module, prefix));
    return paths;
  }

  /**
   * Registers a parameter.
   *
   * @param name its name below this module; may contain dots
   * @param data its initial value
   * @return the parameter
   */
  protected final Parameter parameter(String name, Tensor data) {
    return parameter(name, new Parameter(data));
  }

  /**
   * Registers a new parameter of zeros, which {@link #reset} may give other values. It outlives
   * every scope.
   *
   * @param name its name below this module; may contain dots
   * @param dims its extents
   * @return the parameter
   */
  protected final Parameter parameter(String name, int... dims) {
    return parameter(name, Scope.outsideAll(() -> Tensor.zeros(dims)));
  }

  /**
   * Registers an existing parameter, such as one shared with another module.
   *
   * @param name its name below this module
   * @param parameter the parameter
   * @return the parameter
   */
  protected final Parameter parameter(String name, Parameter parameter) {
    parameters.put(name, parameter);
    return parameter;
  }

  /**
   * Registers a tensor that belongs to checkpoints but is not trained. It stays on the CPU wherever
   * the module computes; what a module derives from it for its kernels, it moves in {@link #moved}.
   *
   * @param name its name below this module
   * @param data its value
   * @return the tensor
   */
  protected final Tensor buffer(String name, Tensor data) {
    buffers.put(name, data);
    return data;
  }

  /**
   * Registers a part.
   *
   * @param <M> its type
   * @param name its name below this module; may contain dots, as in {@code layers.0}
   * @param module the part
   * @return the part
   */
  protected final <M extends Module> M child(String name, M module) {
    children.put(name, module);
    return module;
  }

  /**
   * Registers a list of parts as {@code name.0}, {@code name.1} and so on.
   *
   * @param <M> their type
   * @param name the list's name below this module
   * @param modules the parts
   * @return the same list
   */
  protected final <M extends Module> List<M> children(String name, List<M> modules) {
    for (int i = 0; i < modules.size(); i++) {
      child(name + "." + i, modules.get(i));
    }
    return modules;
  }

  /**
   * All parameters of the tree by path, each once, in the order of registration.
   *
   * @return a new map
   */
  public final Map<String, Parameter> namedParameters() {
    Map<String, Parameter> result = new LinkedHashMap<>();
    Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    visit(
        "",
        (prefix, module) ->
            module.parameters.forEach(
                (name, parameter) -> {
                  if (seen.add(parameter)) {
                    result.put(prefix + name, parameter);
                  }
                }));
    return result;
  }

  /**
   * The further paths of parameters that are shared by several modules.
   *
   * @return a new map from each such path to the one {@link #namedParameters} uses
   */
  public final Map<String, String> parameterAliases() {
    Map<String, String> aliases = new LinkedHashMap<>();
    Map<Parameter, String> first = new IdentityHashMap<>();
    visit(
        "",
        (prefix, module) ->
            module.parameters.forEach(
                (name, parameter) -> {
                  String known = first.putIfAbsent(parameter, prefix + name);
                  if (known != null) {
                    aliases.put(prefix + name, known);
                  }
                }));
    return aliases;
  }

  /**
   * All buffers of the tree by path.
   *
   * @return a new map
   */
  public final Map<String, Tensor> namedBuffers() {
    Map<String, Tensor> result = new LinkedHashMap<>();
    visit(
        "",
        (prefix, module) ->
            module.buffers.forEach((name, tensor) -> result.put(prefix + name, tensor)));
    return result;
  }

  /**
   * Parameters and buffers by path: what a checkpoint holds.
   *
   * @return a new map over the live tensors
   */
  public final Map<String, Tensor> stateDict() {
    Map<String, Tensor> result = new LinkedHashMap<>();
    namedParameters().forEach((name, parameter) -> result.put(name, parameter.data()));
    result.putAll(namedBuffers());
    return result;
  }

  /**
   * Gives every parameter and buffer of the tree its initial value. The random numbers of each
   * module are a stream named after its path, so they depend neither on the order of construction
   * nor on what else the tree holds.
   *
   * @param rng the root of the streams
   */
  public final void initialize(Rng rng) {
    resetTree("", rng);
    notifyStateChanged();
  }

  private void resetTree(String prefix, Rng rng) {
    children.forEach((name, module) -> module.resetTree(prefix + name + ".", rng));
    reset(rng.child(prefix));
  }

  /**
   * Gives this module's own parameters their initial values; called after the same for its parts,
   * whose values it may change.
   *
   * @param rng random numbers for this module alone
   */
  protected void reset(Rng rng) {}

  /**
   * Tells the tree that parameters or buffers were written from outside, such as from a checkpoint,
   * so that modules drop what they derived from them.
   */
  public final void notifyStateChanged() {
    visit("", (_, module) -> module.stateChanged());
  }

  /** Drops or recomputes what this module derived from its parameters and buffers. */
  protected void stateChanged() {}

  /**
   * Moves the parameters of the tree to another device, where it computes from then on. Initial
   * values are given on the CPU, so this comes after {@link #initialize}; optimisers and averages
   * are made after this.
   *
   * @param target where to compute
   */
  public final void to(Device target) {
    namedParameters().values().forEach(parameter -> parameter.to(target));
    visit(
        "",
        (_, module) -> {
          module.device = target;
          module.moved(target);
        });
  }

  /**
   * Where the module computes; the CPU at first.
   *
   * @return where its parameters are
   */
  public final Device device() {
    return device;
  }

  /**
   * Moves the constants this module made for itself; its parameters have moved already.
   *
   * @param target where it computes from now on
   */
  protected void moved(Device target) {}

  /**
   * Takes all parameters of the tree out of training, or puts them back.
   *
   * @param frozen whether to leave them as they are
   */
  public final void freeze(boolean frozen) {
    namedParameters().values().forEach(parameter -> parameter.freeze(frozen));
  }

  /**
   * Visits this module and all below it, parents first.
   *
   * @param prefix path of this module, ending in a dot unless empty
   * @param visitor takes each module and its path, ending in a dot unless empty
   */
  public final void visit(String prefix, BiConsumer<String, Module> visitor) {
    visitor.accept(prefix, this);
    children.forEach((name, module) -> module.visit(prefix + name + ".", visitor));
  }

  /**
   * All modules of the tree, parents first.
   *
   * @return a new list
   */
  public final List<Module> modules() {
    List<Module> result = new ArrayList<>();
    visit("", (_, module) -> result.add(module));
    return result;
  }

  /**
   * Switches the tree to training or to inference.
   *
   * @param training true for training
   */
  public final void train(boolean training) {
    visit("", (_, module) -> module.training = training);
  }

  /**
   * Whether this module is in training; true at first.
   *
   * @return false after {@code train(false)}
   */
  public final boolean training() {
    return training;
  }

  /** Forgets the gradients of all parameters. */
  public final void clearGrad() {
    namedParameters().values().forEach(Parameter::clearGrad);
  }

  /**
   * The number of trained values.
   *
   * @return elements of all parameters that are not frozen
   */
  public final long parameterCount() {
    return namedParameters().values().stream()
        .filter(parameter -> !parameter.frozen())
        .mapToLong(parameter -> parameter.data().size())
        .sum();
  }
}
