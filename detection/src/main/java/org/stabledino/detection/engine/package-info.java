/** Training, evaluation and detection: the loops around the model, and what they keep on disk. */
package org.stabledino.detection.engine;
