package org.stabledino.nn.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.stabledino.nn.io.TorchGlobals.Storage;
import org.stabledino.nn.io.TorchGlobals.View;
import org.stabledino.nn.io.pickle.PyDict;
import org.stabledino.nn.io.pickle.Unpickler;
import org.stabledino.nn.io.pickle.UnpicklingException;

/**
 * The three containers of pickled tensors.
 *
 * <pre>
 * torch.save since 1.6   a zip archive: NAME/data.pkl, and NAME/data/KEY for each storage
 * torch.save before      pickles of a magic number, a version, facts about the machine, the value
 *                        and the storages' keys; then each storage: its count, its elements
 * pickle.dump            one pickle of NumPy arrays (Detectron2's model zoo)
 * </pre>
 */
final class TorchFormats {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private TorchFormats() {}

  static PickledTensors zip(Path path, Arena arena, MemorySegment file, String section) {
    ZipArchive archive = new ZipArchive(path.toString(), file);
    List<String> pickles =
        archive.names().stream().filter(name -> name.matches("([^/]+/)?data\\.pkl")).toList();
    if (pickles.size() != 1) {
      throw new CheckpointException(
          "%s: a zip archive with %d entries data.pkl is no file of torch.save"
              .formatted(path, pickles.size()));
    }
    String root =
        pickles.getFirst().substring(0, pickles.getFirst().length() - "data.pkl".length());
    ByteOrder order = order(archive, root + "byteorder");
    Object value =
        new Unpickler(
                archive.content(pickles.getFirst()), 0, TorchGlobals.ALL, TorchGlobals::storage)
            .load();
    Function<Storage, MemorySegment> bytes =
        storage -> archive.content(root + "data/" + storage.key());
    return open(path, arena, "torch (zip)", value, section, tensors(path, order, bytes));
  }

  private static ByteOrder order(ZipArchive archive, String entry) {
    if (!archive.names().contains(entry)) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    byte[] word = archive.content(entry).toArray(ValueLayout.JAVA_BYTE);
    return new String(word, StandardCharsets.US_ASCII).equals("big")
        ? ByteOrder.BIG_ENDIAN
        : ByteOrder.LITTLE_ENDIAN;
  }

  static PickledTensors pickle(Path path, Arena arena, MemorySegment file, String section) {
    Unpickler first = unpickler(file, 0);
    Object value = first.load();
    if (MAGIC.equals(value)) {
      return legacy(path, arena, file, first.position(), section);
    }
    Function<Object, StridedTensor> arrays =
        leaf -> leaf instanceof NumpyGlobals.Array array ? array.tensor() : null;
    return open(path, arena, "pickle", value, section, arrays);
  }

  private static Unpickler unpickler(MemorySegment file, long start) {
    return new Unpickler(file, start, TorchGlobals.ALL, TorchGlobals::storage);
  }

  private static PickledTensors legacy(
      Path path, Arena arena, MemorySegment file, long start, String section) {
    Unpickler version = unpickler(file, start);
    if (!Long.valueOf(VERSION).equals(version.load())) {
      throw new UnpicklingException("the version of torch.save's format is not " + VERSION);
    }
    Unpickler machine = unpickler(file, version.position());
    boolean big =
        machine.load() instanceof PyDict facts
            && Boolean.FALSE.equals(facts.entries().get("little_endian"));
    Map<String, Storage> storages = new HashMap<>();
    Unpickler values =
        new Unpickler(file, machine.position(), TorchGlobals.ALL, id -> noted(id, storages));
    Object value = values.load();
    Unpickler keys = unpickler(file, values.position());
    List<String> order = TorchGlobals.keys(keys.load());
    Map<String, MemorySegment> bytes = locate(file, keys.position(), order, storages);
    return open(
        path,
        arena,
        "torch (legacy)",
        value,
        section,
        tensors(
            path,
            big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
            storage -> bytes.get(storage.key())));
  }

  private static Storage noted(Object id, Map<String, Storage> storages) {
    Storage storage = TorchGlobals.storage(id);
    storages.putIfAbsent(storage.key(), storage);
    return storage;
  }

  /** Finds each storage: a count of 8 bytes, then the elements. */
  private static Map<String, MemorySegment> locate(
      MemorySegment file, long start, List<String> keys, Map<String, Storage> storages) {
    Map<String, MemorySegment> bytes = new HashMap<>();
    long at = start;
    for (String key : keys) {
      Storage storage = storages.get(key);
      long left = file.byteSize() - at - Long.BYTES;
      long count = storage == null || left < 0 ? -1 : file.get(LONG, at);
      if (count < 0 || count > left / storage.type().bytes()) {
        throw new UnpicklingException(
            "storage '%s' at byte %d is not there; the file is truncated or damaged"
                .formatted(key, at));
      }
      long length = count * storage.type().bytes();
      bytes.put(key, file.asSlice(at + Long.BYTES, length));
      at += Long.BYTES + length;
    }
    return bytes;
  }

  /** Turns what pickles hold for a tensor into a view of the file; null for anything else. */
  private static Function<Object, StridedTensor> tensors(
      Path path, ByteOrder order, Function<Storage, MemorySegment> bytes) {
    return leaf ->
        switch (leaf) {
          case View view -> tensor(path, view, order, bytes.apply(view.storage()));
          case NumpyGlobals.Array array -> array.tensor();
          case null, default -> null;
        };
  }

  private static StridedTensor tensor(Path path, View view, ByteOrder order, MemorySegment bytes) {
    Storage storage = view.storage();
    int width = storage.type().bytes();
    long available = bytes == null ? -1 : bytes.byteSize() / width - storage.offset();
    if (available < storage.count()) {
      throw new CheckpointException(
          "%s: storage '%s' has fewer than its %d elements; the file is truncated or damaged"
              .formatted(path, storage.key(), storage.count()));
    }
    return new StridedTensor(
        storage.type(),
        order,
        () -> bytes,
        storage.offset() + view.offset(),
        view.shape(),
        view.strides());
  }

  private static PickledTensors open(
      Path path,
      Arena arena,
      String format,
      Object value,
      String section,
      Function<Object, StridedTensor> tensors) {
    StateDictFinder finder = new StateDictFinder(path, tensors);
    StateDictFinder.Found found = finder.find(value, section);
    return new PickledTensors(path, arena, format, found.section(), found.tensors());
  }
}
