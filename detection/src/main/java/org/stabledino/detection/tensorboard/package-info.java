/** Event files for TensorBoard: record framing, checksums and the few messages they need. */
package org.stabledino.detection.tensorboard;
