/**
 * The detector in the order of the paper: neck, encoder with memory fusion, query selection,
 * decoder, heads; and the denoising queries of its training.
 *
 * <p>Start at {@link org.stabledino.detection.model.StableDino}.
 */
package org.stabledino.detection.model;
