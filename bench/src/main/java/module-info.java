/** JMH benchmarks of every hot path. */
module org.stabledino.bench {
  requires java.management;
  requires org.stabledino.autograd;
  requires org.stabledino.detection;
  requires org.stabledino.nn;
  requires org.stabledino.tensor;
  requires jdk.incubator.vector;
  requires jmh.core;
  requires tools.jackson.core;
  requires xchart;
}
