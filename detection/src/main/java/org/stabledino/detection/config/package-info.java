/** What a run is made of: typed records, presets and {@code key=value} overrides. */
package org.stabledino.detection.config;
