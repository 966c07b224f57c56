/** What a run leaves to look at: curves, annotated pictures and a page that shows them. */
package org.stabledino.detection.report;
