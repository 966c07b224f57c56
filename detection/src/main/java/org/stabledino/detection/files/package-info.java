/** Writing files so that no half-written one is ever seen. */
package org.stabledino.detection.files;
