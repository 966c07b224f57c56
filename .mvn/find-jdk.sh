# Sourced by mvnw and stable-dino: sets JDK_HOME to a JDK 25 or newer, or says what to install.

# The feature version of the JDK in folder $1, from its release file; nothing if there is no JDK.
jdk_version() {
  [ -x "$1/bin/javac" ] && [ -f "$1/release" ] &&
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

find_jdk() {
  local wanted=25 candidate version javac_path
  JDK_HOME=
  javac_path=$(command -v javac 2>/dev/null || true)
  [ -n "$javac_path" ] && javac_path=$(dirname "$(dirname "$(readlink -f "$javac_path")")")
  for candidate in "${JAVA_HOME:-}" "$javac_path" \
    /usr/lib/jvm/* /opt/java/* /opt/*jdk* /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.jenv/versions/*; do
    [ -n "$candidate" ] && [ -d "$candidate" ] || continue
    version=$(jdk_version "$candidate") || continue
    if [ -n "$version" ] && [ "$version" -ge "$wanted" ]; then
      JDK_HOME=$candidate
      return 0
    fi
  done
  cat >&2 <<TXT
No JDK $wanted found (looked at JAVA_HOME, the PATH and the usual folders).
Install one, for example Eclipse Temurin $wanted:
  Debian/Ubuntu  apt-get install temurin-$wanted-jdk   (or openjdk-$wanted-jdk)
  macOS          brew install --cask temurin@$wanted
  SDKMAN         sdk install java $wanted-tem
or set JAVA_HOME to where it lies.
TXT
  return 1
}
