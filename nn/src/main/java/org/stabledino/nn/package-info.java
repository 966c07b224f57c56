/** Modules, parameters, and the layers that networks are made of; one layer a file. */
package org.stabledino.nn;
