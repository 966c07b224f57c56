/** From raw predictions to final detections. */
package org.stabledino.detection.postprocess;
