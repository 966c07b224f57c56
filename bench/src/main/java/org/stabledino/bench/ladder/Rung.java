package org.stabledino.bench.ladder;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Where a benchmark method stands on its ladder. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Rung {
  /**
   * From 1, the definition, upwards.
   *
   * @return the number
   */
  int value();

  /**
   * What the table calls it.
   *
   * @return a few words
   */
  String title();

  /**
   * Whether it is the product's kernel, called as the product's ops call it. It alone uses several
   * threads, and is measured with one as well.
   *
   * @return false where the rung is written out in its ladder
   */
  boolean product() default false;
}
