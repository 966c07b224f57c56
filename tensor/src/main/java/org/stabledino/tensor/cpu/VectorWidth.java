package org.stabledino.tensor.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this JVM: the widest the processor likes, or {@code
 * -Dstabledino.vector.bits=128|256|512} in tests.
 *
 * <p>The species is a static constant because C2 turns Vector API calls into instructions only
 * where it knows the species; passed as a parameter it costs a factor of ten and more.
 */
final class VectorWidth {
  /** Vectors of floats. */
  static final VectorSpecies<Float> FLOATS = choose();

  /** How many floats a vector has. */
  static final int LANES = FLOATS.length();

  /**
   * Whether there are 32 vector registers: AVX-512 and every non-x86 processor; x86 below has 16.
   */
  static final boolean MANY_REGISTERS =
      FLOATS.vectorBitSize() >= 512 || !System.getProperty("os.arch").matches("amd64|x86_64|x86");

  private VectorWidth() {}

  private static VectorSpecies<Float> choose() {
    int bits = Integer.getInteger("stabledino.vector.bits", 0);
    return bits == 0
        ? FloatVector.SPECIES_PREFERRED
        : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
  }
}
