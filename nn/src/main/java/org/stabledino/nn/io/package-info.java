/** Checkpoint files: safetensors, atomic writing, and loading a module's state. */
package org.stabledino.nn.io;
