// A stand-in for libcuda.so.1: the driver functions the backend calls, on the CPU, stricter than a driver.
//
//   - Every allocation lies between two canaries, and starts out, like them, as NaN: an element that nobody wrote, or
//     that was read beside a tensor, shows in the results. After every launch all canaries are checked.
//   - A copy or a fill must lie inside one allocation.
//   - Calls without a current context fail, as on a driver.
//   - After a fault every call fails, and cuGetErrorString says what happened.
//   - Asynchronous copies happen as late as they may: at the next launch on their stream, or when somebody waits for
//     them. A buffer that is written or read too early gives wrong numbers; what a copy is to fill holds NaN until then.
//   - Calls that make a thread wait are counted.
//
// A module's code is looked up by the names of the .entry lines of its PTX in a library made from the same sources by
// g++ (STANDIN_ENTRY in kernel.h), which the tests name, or the variable STANDIN_KERNELS. Launches run at once.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "blocks.h"

#define API extern "C" __attribute__((visibility("default")))

typedef int CUresult;
typedef uint64_t CUdeviceptr;

enum {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NOT_FOUND = 500,
  NOT_READY = 600,
  LAUNCH_FAILED = 719,
};

namespace {

const size_t CANARY = 256;
const uint32_t PATTERN = 0x7fc0cafe;  // a NaN

struct Module {
  std::set<std::string> entries;
};

struct Function {
  std::string name;
  standin::Entry entry;
  const int* parameters;
};

// Copies that are still to be made, in their order.
struct Stream {
  std::deque<std::function<void()>> waiting;
  size_t done = 0;

  size_t issued() const { return done + waiting.size(); }
  void flush(size_t until) {
    while (done < until) {
      waiting.front()();
      waiting.pop_front();
      done++;
    }
  }
  void flush() { flush(issued()); }
};

// A place in a stream: what was issued before.
struct Event {
  Stream* stream = nullptr;
  size_t issued = 0;
};

// Launches that are kept for a replay: no more than these, none larger.
const size_t KEPT_LAUNCHES = 2;
const size_t KEPT_THREADS = 8192;
const size_t KEPT_BYTES = (size_t) 1 << 20;

struct Recorded {
  size_t blocks;
  std::string text;
};

std::mutex lock;
std::map<char*, size_t> allocations;  // address given out -> bytes
std::map<char*, size_t> pinned;       // the same for host memory
std::set<Stream*> streams;
thread_local std::map<std::string, int> waits;  // calls that make this thread wait, by name
size_t takenBytes = 0;
size_t memoryLimit = (size_t) 4 << 30;
std::string fault;
// Kernels for a process that cannot call standinKernels.
std::string library = getenv("STANDIN_KERNELS") ? getenv("STANDIN_KERNELS") : "";
bool initialized = false;
standin::Schedule schedule = standin::Schedule::FORWARD;
thread_local bool current = false;
std::map<std::string, std::vector<Recorded>> launches;  // by kernel

size_t padded(size_t bytes) { return (bytes + 3) / 4 * 4; }

void fillPattern(char* at, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 4) {
    memcpy(at + i, &PATTERN, 4);
  }
}

// Whether some byte of a canary is not the pattern's.
bool damaged(const char* at) {
  static const std::vector<uint32_t> whole(CANARY / 4, PATTERN);
  return memcmp(at, whole.data(), CANARY) != 0;
}

CUresult fail(const std::string& message) {
  fault = message;
  return LAUNCH_FAILED;
}

void drawCanaries(char* at, size_t bytes) {
  fillPattern(at - CANARY, CANARY);
  fillPattern(at + padded(bytes), CANARY);
  memcpy(at + bytes, reinterpret_cast<const char*>(&PATTERN) + 4 - (padded(bytes) - bytes), padded(bytes) - bytes);
}

std::string checkCanaries() {
  for (const auto& [at, bytes] : allocations) {
    size_t tail = padded(bytes) - bytes;
    bool after = memcmp(at + bytes, reinterpret_cast<const char*>(&PATTERN) + 4 - tail, tail) != 0
        || damaged(at + padded(bytes));
    if (after || damaged(at - CANARY)) {
      return std::string("wrote ") + (after ? "past the end of" : "before") + " an allocation of "
          + std::to_string(bytes) + " bytes";
    }
  }
  return "";
}

bool inside(const std::map<char*, size_t>& memory, const void* pointer, size_t bytes) {
  char* at = const_cast<char*>(static_cast<const char*>(pointer));
  auto next = memory.upper_bound(at);
  if (next == memory.begin()) {
    return false;
  }
  --next;
  return at + bytes <= next->first + next->second;
}
bool inside(const void* pointer, size_t bytes) { return inside(allocations, pointer, bytes); }

// A call for which the program waits until the device has done everything.
void waitForAll(const char* call) {
  waits[call]++;
  for (Stream* stream : streams) {
    stream->flush();
  }
}

template <typename T>
void put(std::string& text, T value) {
  text.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A launch as replay.cpp reads it: name, extents, the allocations it was given, whole, and its arguments. "" if it is too
// large to keep.
std::string describe(const Function& kernel, StandInDim grid, StandInDim block, void** arguments) {
  std::map<char*, size_t> indices;  // allocations by address
  std::string buffers;
  std::string values;
  size_t count = 0;
  for (; kernel.parameters[count] != 0; count++) {
    int bytes = kernel.parameters[count];
    put(values, bytes);
    if (bytes > 0) {
      values.append(static_cast<const char*>(arguments[count]), bytes);
      continue;
    }
    char* at = *static_cast<char**>(arguments[count]);
    auto owner = allocations.upper_bound(at);
    bool known = at && owner != allocations.begin() && (--owner, at <= owner->first + owner->second);
    if (!known) {
      put(values, (int64_t) -1);
      continue;
    }
    auto [entry, fresh] = indices.emplace(owner->first, indices.size());
    if (fresh) {
      put(buffers, (uint64_t) owner->second);
      buffers.append(owner->first, owner->second);
    }
    put(values, (int64_t) entry->second);
    put(values, (uint64_t) (at - owner->first));
  }
  if (buffers.size() > KEPT_BYTES) {
    return "";
  }
  std::string text;
  put(text, (uint32_t) kernel.name.size());
  text += kernel.name;
  put(text, grid);
  put(text, block);
  put(text, (uint32_t) indices.size());
  text += buffers;
  put(text, (uint32_t) count);
  return text + values;
}

// Whether a launch is to be kept: the first of a kernel, and of the later ones the one with most blocks.
bool wanted(const std::vector<Recorded>& kept, size_t blocks, size_t threads) {
  return threads <= KEPT_THREADS && (kept.size() < KEPT_LAUNCHES || blocks > kept.back().blocks);
}

void keep(std::vector<Recorded>& kept, size_t blocks, const std::string& text) {
  if (!text.empty()) {
    if (kept.size() == KEPT_LAUNCHES) {
      kept.pop_back();
    }
    kept.push_back({blocks, text});
  }
}

CUresult ready() { return !initialized ? NOT_INITIALIZED : !fault.empty() ? LAUNCH_FAILED : current ? SUCCESS : INVALID_CONTEXT; }

#define READY()                         \
  std::lock_guard<std::mutex> held(lock); \
  if (CUresult state = ready()) return state;

}  // namespace

// What the tests steer.
API void standinKernels(const char* path) { library = path; }
API void standinSchedule(int order) { schedule = static_cast<standin::Schedule>(order); }
API void standinClearFault() {
  std::lock_guard<std::mutex> held(lock);
  fault.clear();
  for (const auto& [at, bytes] : allocations) {
    drawCanaries(at, bytes);
  }
}
// The kernels of which launches are kept, one a line: those that ran, and not only on too much data.
API const char* standinLaunched() {
  static std::string names;
  std::lock_guard<std::mutex> held(lock);
  names.clear();
  for (const auto& [name, kept] : launches) {
    names += kept.empty() ? "" : name + "\n";
  }
  return names.c_str();
}
// Writes the launches that were kept, for replay.cpp; returns how many.
API int standinWriteLaunches(const char* path) {
  std::lock_guard<std::mutex> held(lock);
  FILE* file = fopen(path, "wb");
  int count = 0;
  for (const auto& [name, kept] : launches) {
    for (const Recorded& launch : kept) {
      count += fwrite(launch.text.data(), launch.text.size(), 1, file);
    }
  }
  fclose(file);
  return count;
}
API size_t standinTakenBytes() { return takenBytes; }
// The calls of this thread since the last time that made it wait: a name and a number a line.
API const char* standinWaits() {
  thread_local std::string text;
  text.clear();
  for (const auto& [name, count] : waits) {
    text += name + " " + std::to_string(count) + "\n";
  }
  waits.clear();
  return text.c_str();
}

// For the stand-in of cuBLAS, whose products are checked like kernels.
API void standinFlush(void* stream) {
  std::lock_guard<std::mutex> held(lock);
  static_cast<Stream*>(stream)->flush();
}
API int standinCheck(const char* who) {
  std::lock_guard<std::mutex> held(lock);
  std::string damage = checkCanaries();
  return damage.empty() ? 0 : fail(std::string(who) + " " + damage);
}
API int standinInside(const void* pointer, size_t bytes) {
  std::lock_guard<std::mutex> held(lock);
  return inside(pointer, bytes);
}

API CUresult cuInit(unsigned) {
  initialized = true;
  return SUCCESS;
}
API CUresult cuDriverGetVersion(int* version) {
  const char* asked = getenv("STANDIN_CUDA");
  *version = asked ? atoi(asked) : 13000;
  return SUCCESS;
}
API CUresult cuGetErrorName(CUresult error, const char** text) {
  switch (error) {
    case SUCCESS: *text = "CUDA_SUCCESS"; break;
    case INVALID_VALUE: *text = "CUDA_ERROR_INVALID_VALUE"; break;
    case OUT_OF_MEMORY: *text = "CUDA_ERROR_OUT_OF_MEMORY"; break;
    case INVALID_CONTEXT: *text = "CUDA_ERROR_INVALID_CONTEXT"; break;
    case NOT_FOUND: *text = "CUDA_ERROR_NOT_FOUND"; break;
    case NOT_READY: *text = "CUDA_ERROR_NOT_READY"; break;
    case LAUNCH_FAILED: *text = "CUDA_ERROR_LAUNCH_FAILED"; break;
    default: *text = "CUDA_ERROR_UNKNOWN"; break;
  }
  return SUCCESS;
}
API CUresult cuGetErrorString(CUresult error, const char** text) {
  static std::string kept;
  kept = error == LAUNCH_FAILED ? fault : "an error of the stand-in driver";
  *text = kept.c_str();
  return SUCCESS;
}

API CUresult cuDeviceGetCount(int* count) {
  *count = 2;
  return SUCCESS;
}
API CUresult cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal == 0 || ordinal == 1 ? SUCCESS : INVALID_VALUE;
}
API CUresult cuDeviceGetName(char* name, int length, int) {
  snprintf(name, length, "stand-in (this machine's CPU)");
  return SUCCESS;
}
API CUresult cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = memoryLimit;
  return SUCCESS;
}
API CUresult cuDeviceGetAttribute(int* value, int attribute, int) {
  switch (attribute) {
    case 16: *value = 4; break;  // multiprocessors
    case 75: *value = 8; break;  // compute capability 8.0
    case 76: *value = 0; break;
    default: return INVALID_VALUE;
  }
  return SUCCESS;
}
API CUresult cuDevicePrimaryCtxRetain(void** context, int) {
  *context = &initialized;
  return SUCCESS;
}
API CUresult cuCtxSetCurrent(void* context) {
  current = context != nullptr;
  return SUCCESS;
}
API CUresult cuCtxSynchronize() {
  READY();
  waitForAll("cuCtxSynchronize");
  return SUCCESS;
}

API CUresult cuStreamCreate(void** stream, unsigned) {
  READY();
  *stream = *streams.insert(new Stream()).first;
  return SUCCESS;
}
API CUresult cuStreamDestroy_v2(void* stream) {
  READY();
  Stream* destroyed = static_cast<Stream*>(stream);
  destroyed->flush();
  streams.erase(destroyed);
  delete destroyed;
  return SUCCESS;
}
API CUresult cuStreamSynchronize(void* stream) {
  READY();
  waits["cuStreamSynchronize"]++;
  static_cast<Stream*>(stream)->flush();
  return SUCCESS;
}
API CUresult cuStreamWaitEvent(void* stream, void* event, unsigned) {
  READY();
  Event place = *static_cast<Event*>(event);
  if (place.stream) {
    static_cast<Stream*>(stream)->waiting.push_back([place] { place.stream->flush(place.issued); });
  }
  return SUCCESS;
}

API CUresult cuEventCreate(void** event, unsigned) {
  READY();
  *event = new Event();
  return SUCCESS;
}
API CUresult cuEventDestroy_v2(void* event) {
  delete static_cast<Event*>(event);
  return SUCCESS;
}
API CUresult cuEventRecord(void* event, void* stream) {
  READY();
  Stream* on = static_cast<Stream*>(stream);
  *static_cast<Event*>(event) = {on, on->issued()};
  return SUCCESS;
}
API CUresult cuEventQuery(void* event) {
  READY();
  Event* place = static_cast<Event*>(event);
  return place->stream && place->stream->done < place->issued ? NOT_READY : SUCCESS;
}
API CUresult cuEventSynchronize(void* event) {
  READY();
  waits["cuEventSynchronize"]++;
  Event* place = static_cast<Event*>(event);
  if (place->stream) {
    place->stream->flush(place->issued);
  }
  return SUCCESS;
}

API CUresult cuMemHostAlloc(void** pointer, size_t bytes, unsigned) {
  READY();
  waits["cuMemHostAlloc"]++;
  if (bytes == 0) {
    return INVALID_VALUE;
  }
  char* at = static_cast<char*>(malloc(padded(bytes)));
  fillPattern(at, padded(bytes));
  pinned[at] = bytes;
  *pointer = at;
  return SUCCESS;
}
API CUresult cuMemFreeHost(void* pointer) {
  READY();
  waitForAll("cuMemFreeHost");
  if (!pinned.erase(static_cast<char*>(pointer))) {
    return INVALID_VALUE;
  }
  free(pointer);
  return SUCCESS;
}

API CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
  READY();
  waits["cuMemAlloc"]++;
  if (bytes == 0) {
    return INVALID_VALUE;
  }
  if (takenBytes + bytes > memoryLimit) {
    return OUT_OF_MEMORY;
  }
  size_t whole = (padded(bytes) + 2 * CANARY + 255) / 256 * 256;
  char* memory = static_cast<char*>(aligned_alloc(256, whole));
  char* at = memory + CANARY;
  fillPattern(at, padded(bytes));
  drawCanaries(at, bytes);
  allocations[at] = bytes;
  takenBytes += bytes;
  *pointer = reinterpret_cast<CUdeviceptr>(at);
  return SUCCESS;
}
API CUresult cuMemFree_v2(CUdeviceptr pointer) {
  READY();
  waitForAll("cuMemFree");
  char* at = reinterpret_cast<char*>(pointer);
  auto found = allocations.find(at);
  if (found == allocations.end()) {
    return INVALID_VALUE;
  }
  takenBytes -= found->second;
  allocations.erase(found);
  free(at - CANARY);
  return SUCCESS;
}
API CUresult cuMemGetInfo_v2(size_t* available, size_t* total) {
  READY();
  *available = memoryLimit - takenBytes;
  *total = memoryLimit;
  return SUCCESS;
}
// From and to pinned memory only: with any other a driver would copy at once, or wait.
API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, void* stream) {
  READY();
  void* at = reinterpret_cast<void*>(to);
  if (!inside(at, bytes) || !inside(pinned, from, bytes)) {
    return INVALID_VALUE;
  }
  static_cast<Stream*>(stream)->waiting.push_back([=] { memcpy(at, from, bytes); });
  return SUCCESS;
}
API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, void* stream) {
  READY();
  const void* at = reinterpret_cast<const void*>(from);
  if (!inside(at, bytes) || !inside(pinned, to, bytes)) {
    return INVALID_VALUE;
  }
  memset(to, 0xff, bytes);
  static_cast<Stream*>(stream)->waiting.push_back([=] { memcpy(to, at, bytes); });
  return SUCCESS;
}
API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, void* stream) {
  READY();
  static_cast<Stream*>(stream)->flush();
  void* target = reinterpret_cast<void*>(to);
  const void* source = reinterpret_cast<const void*>(from);
  if (!inside(target, bytes) || !inside(source, bytes)) {
    return INVALID_VALUE;
  }
  memmove(target, source, bytes);
  return SUCCESS;
}
API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, void* stream) {
  READY();
  static_cast<Stream*>(stream)->flush();
  unsigned* at = reinterpret_cast<unsigned*>(to);
  if (!inside(at, 4 * count)) {
    return INVALID_VALUE;
  }
  std::fill(at, at + count, value);
  return SUCCESS;
}

API CUresult cuModuleLoadData(void** module, const void* image) {
  READY();
  waits["cuModuleLoadData"]++;
  std::string text(static_cast<const char*>(image));
  const std::string word = ".entry ";
  Module* loaded = new Module();
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    at += word.size();
    loaded->entries.insert(text.substr(at, text.find('(', at) - at));
  }
  *module = loaded;
  return loaded->entries.empty() ? INVALID_IMAGE : SUCCESS;
}
API CUresult cuModuleGetFunction(void** function, void* module, const char* name) {
  READY();
  if (!static_cast<Module*>(module)->entries.count(name)) {
    return NOT_FOUND;
  }
  void* kernels = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* entry = kernels ? dlsym(kernels, (std::string("standin_entry_") + name).c_str()) : nullptr;
  void* parameters = kernels ? dlsym(kernels, (std::string("standin_parameters_") + name).c_str()) : nullptr;
  if (!entry || !parameters) {
    return NOT_FOUND;
  }
  *function =
      new Function{name, reinterpret_cast<standin::Entry>(entry), reinterpret_cast<const int* (*)()>(parameters)()};
  return SUCCESS;
}
API CUresult cuLaunchKernel(
    void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,
    unsigned sharedBytes, void* stream, void** arguments, void**) {
  READY();
  size_t threads = (size_t) blockX * blockY * blockZ;
  bool fits = gridX > 0 && gridY > 0 && gridZ > 0 && gridY < 65536 && gridZ < 65536 && gridX < 1u << 31 && threads > 0
      && threads <= 1024 && sharedBytes == 0;
  if (!fits) {
    return INVALID_VALUE;
  }
  static_cast<Stream*>(stream)->flush();
  Function* kernel = static_cast<Function*>(function);
  std::vector<Recorded>& kept = launches[kernel->name];
  size_t blocks = (size_t) gridX * gridY * gridZ;
  std::string text = wanted(kept, blocks, blocks * threads)
      ? describe(*kernel, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, arguments)
      : "";
  std::string wrong = standin::runBlocks(
      kernel->name, kernel->entry, arguments, {gridX, gridY, gridZ}, {blockX, blockY, blockZ}, schedule);
  if (!wrong.empty()) {
    return fail(wrong);
  }
  std::string damage = checkCanaries();
  if (!damage.empty()) {
    return fail("kernel " + kernel->name + " " + damage);
  }
  keep(kept, blocks, text);
  return SUCCESS;
}
