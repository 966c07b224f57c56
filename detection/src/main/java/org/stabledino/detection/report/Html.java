package org.stabledino.detection.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** What all pages share: the frame with its style sheet, tiles, figures, and escaping. */
final class Html {
  static final String END = "</main>\n</body>\n</html>\n";

  private Html() {}

  /** Everything up to the content; the subtitle may be empty. */
  static String start(String title, String subtitle) {
    String below = subtitle.isEmpty() ? "" : "<p>" + escape(subtitle) + "</p>\n";
    return """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>%s</title>
        <style>
        %s</style>
        </head>
        <body>
        <header><h1>%s</h1>
        %s</header>
        <main>
        """
        .formatted(escape(title), resource("report.css"), escape(title), below);
  }

  static String tile(String name, String value) {
    return "<div class=\"tile\"><b>%s</b><span>%s</span></div>\n"
        .formatted(escape(value), escape(name));
  }

  /** A picture that opens in full size. */
  static String figure(Path folder, Path file, String caption) {
    String link = escape(link(folder, file));
    String text = escape(caption);
    return """
        <figure><a href="%s"><img src="%s" alt="%s" loading="lazy"></a><figcaption>%s</figcaption></figure>
        """
        .formatted(link, link, text, text);
  }

  /** A relative link with forward slashes, its odd characters percent-encoded. */
  private static String link(Path folder, Path file) {
    Path relative = folder.relativize(file.toAbsolutePath().normalize());
    StringBuilder link = new StringBuilder();
    for (Path part : relative) {
      if (!link.isEmpty()) {
        link.append('/');
      }
      for (byte b : part.toString().getBytes(StandardCharsets.UTF_8)) {
        boolean plain =
            b >= 'a' && b <= 'z'
                || b >= 'A' && b <= 'Z'
                || b >= '0' && b <= '9'
                || "-._~".indexOf(b) >= 0;
        link.append(plain ? String.valueOf((char) b) : "%%%02X".formatted(b & 0xFF));
      }
    }
    return link.toString();
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  /** A text that lies beside this class. */
  static String resource(String name) {
    try (InputStream in = Html.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
