/** Modules and parameters. */
package org.stabledino.nn;
