// Runs recorded launches (driver.cpp) again, in a program of its own, so that the kernels can be built with a sanitizer:
// a JVM cannot be. Every buffer is an allocation of its own, of just its length.
//
//   replay FILE
//
// Each launch runs with threads and blocks in ascending and in shuffled order.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <set>
#include <string>
#include <vector>

#include "blocks.h"

namespace {

struct Reader {
  std::string text;
  size_t at = 0;

  const char* take(size_t bytes) {
    if (bytes > text.size() - at) {
      fprintf(stderr, "the recording ends too early\n");
      exit(2);
    }
    at += bytes;
    return text.data() + at - bytes;
  }
  template <typename T>
  T read() {
    T value;
    memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
};

std::string contents(const char* path) {
  std::string text;
  FILE* file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  char part[1 << 16];
  for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;) {
    text.append(part, n);
  }
  fclose(file);
  return text;
}

// Runs the launch that the reader stands at and leaves it behind; returns the kernel's name.
std::string run(Reader& in, standin::Schedule schedule) {
  uint32_t length = in.read<uint32_t>();
  std::string name(in.take(length), length);
  StandInDim grid = in.read<StandInDim>();
  StandInDim block = in.read<StandInDim>();
  std::vector<char*> buffers(in.read<uint32_t>());
  for (char*& buffer : buffers) {
    uint64_t bytes = in.read<uint64_t>();
    buffer = static_cast<char*>(malloc(bytes));
    memcpy(buffer, in.take(bytes), bytes);
  }
  std::vector<std::vector<char>> values(in.read<uint32_t>());
  std::vector<void*> arguments;
  for (std::vector<char>& value : values) {
    int bytes = in.read<int>();
    if (bytes > 0) {
      const char* from = in.take(bytes);
      value.assign(from, from + bytes);
    } else {
      int64_t buffer = in.read<int64_t>();
      char* pointer = buffer < 0 ? nullptr : buffers[buffer] + in.read<uint64_t>();
      value.assign(reinterpret_cast<char*>(&pointer), reinterpret_cast<char*>(&pointer + 1));
    }
    arguments.push_back(value.data());
  }
  void* entry = dlsym(RTLD_DEFAULT, ("standin_entry_" + name).c_str());
  if (entry) {  // a program may hold the kernels of one file only
    std::string fault =
        standin::runBlocks(name, reinterpret_cast<standin::Entry>(entry), arguments.data(), grid, block, schedule);
    if (!fault.empty()) {
      fprintf(stderr, "%s\n", fault.c_str());
      exit(3);
    }
  }
  for (char* buffer : buffers) {
    free(buffer);
  }
  return entry ? name : "";
}

}  // namespace

int main(int, char** argv) {
  std::string text = contents(argv[1]);
  std::set<std::string> kernels;
  int launches = 0;
  for (standin::Schedule schedule : {standin::Schedule::FORWARD, standin::Schedule::SHUFFLED}) {
    Reader in{text};
    while (in.at < text.size()) {
      std::string name = run(in, schedule);
      if (!name.empty()) {
        kernels.insert(name);
        launches++;
      }
    }
  }
  printf("replayed %d launches of %d kernels\n", launches, (int) kernels.size());
  return 0;
}
