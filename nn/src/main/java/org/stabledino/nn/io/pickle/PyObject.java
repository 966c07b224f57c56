package org.stabledino.nn.io.pickle;

/**
 * An object of a class that is let through but says nothing about weights, such as the settings
 * that training scripts store beside them. Its content is dropped.
 *
 * @param className of the class
 */
public record PyObject(String className) implements Stateful {
  @Override
  public void setState(Object state) {}
}
