package org.stabledino.detection.tensorboard;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32C;
import org.stabledino.detection.UserException;

/**
 * Numbers over time as TensorBoard reads them: a file of TFRecords that hold {@code Event}
 * messages.
 *
 * <p>A record is the length of its data (uint64), that length's checksum (uint32), the data and
 * their checksum, all little-endian. A checksum is a CRC-32C, rotated right by 15 bits, plus {@code
 * 0xa282ead8}.
 *
 * {@snippet :
 * try (EventFile events = EventFile.create(Path.of("runs/mine/tensorboard"), 0)) {
 *   events.scalars(20, Map.of("train/loss", 31.5));
 * }
 * }
 */
public final class EventFile implements AutoCloseable {
  private static final int MASK_DELTA = 0xa282ead8;

  /** Fields of Event, in the order of their numbers. */
  private static final int WALL_TIME = 1;

  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;

  /** The only field of Summary, and the fields of its values. */
  private static final int VALUE = 1;

  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;

  /** The field of SessionLog, and the status START. */
  private static final int STATUS = 1;

  private static final int START = 1;

  private final Path file;
  private final OutputStream out;

  private EventFile(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  /**
   * Starts a file beside those of earlier starts of the same run.
   *
   * @param folder where TensorBoard is pointed to; made if absent
   * @param step the steps done; TensorBoard forgets what earlier files say of steps after it
   * @return the file, to be closed
   */
  public static EventFile create(Path folder, long step) {
    double now = seconds();
    try {
      Files.createDirectories(folder);
      for (int attempt = 0; ; attempt++) {
        Path file =
            folder.resolve(
                String.format(
                    Locale.ROOT, "events.out.tfevents.%010d.%d.stable-dino", (long) now, attempt));
        try {
          EventFile events =
              new EventFile(
                  file,
                  Files.newOutputStream(
                      file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
          events.write(new ProtoMessage().real(WALL_TIME, now).text(FILE_VERSION, "brain.Event:2"));
          // A start at a step makes readers forget that step and all after it.
          events.write(
              new ProtoMessage()
                  .real(WALL_TIME, now)
                  .integer(STEP, step + 1)
                  .message(SESSION_LOG, new ProtoMessage().integer(STATUS, START)));
          return events;
        } catch (FileAlreadyExistsException sameSecond) {
          continue;
        }
      }
    } catch (IOException failure) {
      throw unwritable(folder, failure);
    }
  }

  /**
   * Writes numbers; they are on disk when this returns.
   *
   * @param step the step they belong to
   * @param numbers value by tag; TensorBoard groups tags by what stands before the first slash
   */
  public void scalars(long step, Map<String, Double> numbers) {
    ProtoMessage summary = new ProtoMessage();
    numbers.forEach(
        (tag, value) ->
            summary.message(
                VALUE, new ProtoMessage().text(TAG, tag).real(SIMPLE_VALUE, value.floatValue())));
    write(
        new ProtoMessage()
            .real(WALL_TIME, seconds())
            .integer(STEP, step)
            .message(SUMMARY, summary));
  }

  private static double seconds() {
    Instant now = Instant.now();
    return now.getEpochSecond() + now.getNano() * 1e-9;
  }

  private void write(ProtoMessage event) {
    try {
      out.write(record(event.toBytes()));
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }

  /** Frames data as a TFRecord. */
  static byte[] record(byte[] data) {
    ByteBuffer buffer =
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    buffer.putLong(data.length);
    buffer.putInt(checksum(buffer.array(), Long.BYTES));
    buffer.put(data);
    buffer.putInt(checksum(data, data.length));
    return buffer.array();
  }

  private static int checksum(byte[] data, int length) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
  }

  private static UserException unwritable(Path path, IOException failure) {
    return new UserException(
        "cannot write %s: %s; free some space, change its permissions, or go without: train.tensorBoard=false"
            .formatted(path, failure.getMessage()),
        failure);
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException failure) {
      throw unwritable(file, failure);
    }
  }
}
