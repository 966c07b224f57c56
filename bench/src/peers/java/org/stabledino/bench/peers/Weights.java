package org.stabledino.bench.peers;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.stabledino.nn.Module;
import org.stabledino.nn.Parameter;
import org.stabledino.tensor.DType;

/** A model's parameters and buffers as libtorch's tensors, by the model's own paths. */
final class Weights {
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, Tensor> trained = new LinkedHashMap<>();
  private final Map<String, String> aliases;

  /** Copies a model's state; what is not frozen there asks for gradients here. */
  Weights(Module model) {
    aliases = model.parameterAliases();
    for (Map.Entry<String, org.stabledino.tensor.Tensor> entry : model.namedBuffers().entrySet()) {
      // Swin's indices are no numbers to compute with, and follow from the extent of its windows.
      if (entry.getValue().dtype() == DType.FLOAT32) {
        tensors.put(entry.getKey(), Torch.copy(entry.getValue()));
      }
    }
    for (Map.Entry<String, Parameter> entry : model.namedParameters().entrySet()) {
      Parameter parameter = entry.getValue();
      Tensor copy = Torch.copy(parameter.data());
      if (parameter.rank() == 4) {
        copy = copy.contiguous(org.bytedeco.pytorch.global.torch.MemoryFormat.ChannelsLast);
      }
      if (!parameter.frozen()) {
        copy.requires_grad_();
        trained.put(entry.getKey(), copy);
      }
      tensors.put(entry.getKey(), copy);
    }
  }

  /** A parameter or buffer. */
  Tensor get(String path) {
    Tensor tensor = tensors.get(aliases.getOrDefault(path, path));
    if (tensor == null) {
      throw new IllegalStateException("the model has no tensor '" + path + "'");
    }
    return tensor;
  }

  /** All trained parameters, by path. */
  Map<String, Tensor> trained() {
    return trained;
  }

  /** All trained parameters in the order of {@link #trained}. */
  List<Tensor> trainedList() {
    return List.copyOf(trained.values());
  }
}
