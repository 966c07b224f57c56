/** JMH benchmarks of every hot path. */
module org.stabledino.bench {
  requires org.stabledino.detection;
  requires jdk.incubator.vector;
  requires jmh.core;
}
