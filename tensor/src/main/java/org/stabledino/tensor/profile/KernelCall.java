package org.stabledino.tensor.profile;

import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.stabledino.tensor.AttentionKernels.Mask;
import org.stabledino.tensor.Tensor;

/**
 * A call of a kernel: its arguments by the names that the families' interfaces give them.
 *
 * @param name the kernel's
 * @param arguments by name; null values are arguments left out
 */
record KernelCall(String name, Map<String, Object> arguments) {

  static KernelCall of(Method method, Object[] values) {
    Map<String, Object> arguments = new HashMap<>();
    Parameter[] parameters = method.getParameters();
    for (int i = 0; i < parameters.length; i++) {
      arguments.put(parameters[i].getName(), values[i]);
    }
    return new KernelCall(method.getName(), arguments);
  }

  Tensor tensor(String argument) {
    return (Tensor) arguments.get(argument);
  }

  /** How many elements a tensor has; 0 for one that was left out. */
  double size(String argument) {
    Tensor tensor = tensor(argument);
    return tensor == null ? 0 : tensor.size();
  }

  boolean flag(String argument) {
    return (Boolean) arguments.get(argument);
  }

  int number(String argument) {
    return (Integer) arguments.get(argument);
  }

  <T> T get(String argument, Class<T> type) {
    return type.cast(arguments.get(argument));
  }

  /** All tensors of the call, those of a mask or a collection among them. */
  Stream<Tensor> tensors() {
    return arguments.values().stream()
        .flatMap(
            value ->
                switch (value) {
                  case Tensor tensor -> Stream.of(tensor);
                  case Mask mask -> Stream.of(mask.blocked(), mask.keyPadding(), mask.bias());
                  case Collection<?> several ->
                      several.stream().filter(Tensor.class::isInstance).map(Tensor.class::cast);
                  case null, default -> Stream.empty();
                })
        .filter(tensor -> tensor != null);
  }
}
