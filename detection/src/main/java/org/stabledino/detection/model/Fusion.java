package org.stabledino.detection.model;

/** How the outputs of the encoder's layers become its memory (paper, Sec. 3 and Table 6). */
public enum Fusion {
  /** The last output. */
  NONE,
  /** The last output with the encoder's input. */
  SIMPLE,
  /** Outputs of late layers with inputs of early ones, as in a U-Net. */
  U_LIKE,
  /** The encoder's input with all outputs: the paper's choice. */
  DENSE
}
