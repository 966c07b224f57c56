package org.stabledino.nn.io;

import java.nio.file.Path;

/**
 * An open file of named tensors: safetensors, or what {@code torch.save} or Python's pickle wrote.
 * Files are mapped into memory and tensors read one by one.
 *
 * {@snippet :
 * try (TensorFile file = TensorFile.open(Path.of("model_final.pth"))) {
 *   Tensor weight = file.read("backbone.stem.conv1.weight");
 * }
 * }
 */
public sealed interface TensorFile extends TensorSource, AutoCloseable
    permits SafeTensors, PickledTensors {

  /**
   * Opens a file of any known kind; its content says which.
   *
   * @param path the file
   * @return the open file
   * @throws CheckpointException if it cannot be read, is of no known kind, is damaged, or asks for
   *     anything but tensors
   */
  static TensorFile open(Path path) {
    return open(path, "");
  }

  /**
   * Opens a file of any known kind, and one of several dictionaries in it.
   *
   * @param path the file
   * @param section the key of the dictionary, such as {@code model_ema}; empty for the usual one
   * @return the open file
   * @throws CheckpointException if it cannot be read, is of no known kind, lacks the section, is
   *     damaged, or asks for anything but tensors
   */
  static TensorFile open(Path path, String section) {
    return TensorFiles.open(path, section);
  }

  /**
   * What kind of file it is.
   *
   * @return in words, with the section where it has some
   */
  String format();

  /**
   * The type of a tensor in the file.
   *
   * @param name one of {@link #names}
   * @return the type
   */
  FileType type(String name);

  /** Unmaps the file; tensors that were read stay valid. */
  @Override
  void close();
}
