/** The command line, {@code ./stable-dino}. */
package org.stabledino.detection.cli;
