package org.stabledino.nn.optim;

import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.stabledino.nn.GroupNorm;
import org.stabledino.nn.LayerNorm;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;

/**
 * Parameters that are updated with the same settings.
 *
 * @param learningRate before the schedule's multiplier
 * @param weightDecay decoupled decay
 * @param parameters by path, none frozen
 */
public record ParameterGroup(
    double learningRate, double weightDecay, Map<String, Parameter> parameters) {

  /** Which parameters are exempt from weight decay. */
  public enum Exempt {
    /** Weights and biases of LayerNorm and GroupNorm: the published recipe. */
    NORMS,
    /** All vectors, so biases as well: the small recipe. */
    VECTORS
  }

  /**
   * How a model's parameters are split into groups.
   *
   * @param learningRate of everything outside the backbone
   * @param backboneFactor multiplies it for parameters with "backbone" in their path
   * @param weightDecay of everything that is not exempt
   * @param exempt what has no weight decay
   */
  public record Rule(
      double learningRate, double backboneFactor, double weightDecay, Exempt exempt) {
    /**
     * Splits a model's parameters; frozen ones are left out.
     *
     * @param model the model
     * @return groups in the order of their first parameter
     */
    public List<ParameterGroup> split(Module model) {
      Map<Settings, Map<String, Parameter>> groups = new LinkedHashMap<>();
      Map<Parameter, Boolean> ofNorm = new IdentityHashMap<>();
      model.visit(
          "",
          (_, module) -> {
            if (module instanceof LayerNorm || module instanceof GroupNorm) {
              module.namedParameters().values().forEach(p -> ofNorm.put(p, true));
            }
          });
      model
          .namedParameters()
          .forEach(
              (path, parameter) -> {
                if (!parameter.frozen()) {
                  boolean free =
                      switch (exempt) {
                        case NORMS -> ofNorm.containsKey(parameter);
                        case VECTORS -> parameter.rank() <= 1;
                      };
                  boolean backbone = path.contains("backbone");
                  Settings settings =
                      new Settings(
                          backbone ? learningRate * backboneFactor : learningRate,
                          free ? 0 : weightDecay);
                  groups.computeIfAbsent(settings, _ -> new LinkedHashMap<>()).put(path, parameter);
                }
              });
      return groups.entrySet().stream()
          .map(
              e ->
                  new ParameterGroup(
                      e.getKey().learningRate(), e.getKey().weightDecay(), e.getValue()))
          .toList();
    }
  }

  private record Settings(double learningRate, double weightDecay) {}
}
