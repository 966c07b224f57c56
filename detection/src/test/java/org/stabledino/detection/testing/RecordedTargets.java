package org.stabledino.detection.testing;

import java.util.ArrayList;
import java.util.List;
import org.stabledino.detection.boxes.Targets;
import org.stabledino.nn.testing.Fixture;

/** Reads the targets of recorded problems. */
public final class RecordedTargets {
  private RecordedTargets() {}

  /** {@code PREFIX.labels<b>} and {@code PREFIX.boxes<b>} of every image. */
  public static List<Targets> read(Fixture fixture, String prefix, int batch) {
    List<Targets> targets = new ArrayList<>();
    for (int image = 0; image < batch; image++) {
      targets.add(
          new Targets(
              fixture.indices(prefix + ".labels" + image).ints(),
              fixture.tensor(prefix + ".boxes" + image).toFloats()));
    }
    return targets;
  }
}
