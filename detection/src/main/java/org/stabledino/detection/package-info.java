/** The detector. */
package org.stabledino.detection;
