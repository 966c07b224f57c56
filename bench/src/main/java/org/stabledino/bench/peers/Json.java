package org.stabledino.bench.peers;

import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** A session as one JSON object, for programs that compare runs. */
final class Json {
  private Json() {}

  /** The object's text. */
  static String text(Session session) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeStringProperty("machine", session.machine());
      json.writeStringProperty("date", session.date().toString());
      json.writeArrayPropertyStart("peers");
      session.peers().forEach(json::writeString);
      json.writeEndArray();
      json.writeArrayPropertyStart("ceilings");
      session
          .ceilings()
          .forEach(
              (threads, ceilings) -> {
                json.writeStartObject();
                json.writeNumberProperty("threads", threads);
                json.writeNumberProperty("flops", ceilings.flops());
                json.writeNumberProperty("bytes", ceilings.bytes());
                json.writeEndObject();
              });
      json.writeEndArray();
      json.writeArrayPropertyStart("comparisons");
      session.comparisons().forEach(comparison -> write(json, comparison, session));
      json.writeEndArray();
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private static void write(JsonGenerator json, Comparison comparison, Session session) {
    json.writeStartObject();
    json.writeStringProperty("op", comparison.op());
    json.writeStringProperty("shape", comparison.shape());
    json.writeNumberProperty("threads", comparison.threads());
    json.writeNumberProperty("flops", comparison.effort().flops());
    json.writeNumberProperty("bytes", comparison.effort().bytes());
    json.writeNumberProperty("difference", comparison.error());
    json.writeNumberProperty("ratio", comparison.ratio());
    json.writeStringProperty("goalFor", comparison.goal().measure().name());
    json.writeNumberProperty("goal", comparison.goal().value());
    json.writeStringProperty("verdict", session.verdict(comparison).name());
    json.writeObjectPropertyStart("seconds");
    write(json, Contestant.JAVA, comparison.java());
    comparison.peers().forEach(peer -> write(json, peer.name(), peer.seconds()));
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, Spread seconds) {
    json.writeArrayPropertyStart(name);
    json.writeNumber(seconds.lower());
    json.writeNumber(seconds.median());
    json.writeNumber(seconds.upper());
    json.writeEndArray();
  }
}
