// Threads of a block as fibres.
//
// A fibre is a stack of its own. It runs threads of the block one after the other until one of them waits, at a barrier
// or a shuffle; then the next fibre goes on with the threads that have not started. So a kernel without barriers needs
// one fibre, and switching costs only where threads really meet (switch.h).
//
// When nobody can run any more, waiting threads are released: the whole block where all its threads wait at the same
// barrier, the lanes of a mask where they all wait at the same shuffle. If neither holds, the kernel is divergent there,
// and on a GPU would hang or compute garbage: the launch fails and the message says where.
#include "blocks.h"

#include <stdlib.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <numeric>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "switch.h"

namespace standin {
namespace {

const int WARP = 32;
const size_t STACK = 128 * 1024;

enum class State { RUNNING, BARRIER, SHUFFLE, IDLE };

struct Fibre {
  Stack stack;
  State state = State::IDLE;
  Place place = {};
  int thread = 0;
  const char* file = nullptr;
  int line = 0;
  unsigned mask = 0;
  int distance = 0;
  uint64_t given = 0;
  uint64_t received = 0;
};

// Runs one block at a time on its OS thread.
struct Runner {
  std::vector<Fibre*> fibres;   // [0, used) take part in this block
  std::vector<int> order;       // in which threads start
  std::vector<Fibre*> byThread; // whose fibre waits, or null
  size_t next = 0;
  Fibre* current = nullptr;
  Stack scheduler;
  Watch watch;
  std::string fault;
  Entry entry = nullptr;
  void** arguments = nullptr;
  Place origin = {};

  void run(std::mt19937& random, Schedule schedule);
  void enter(Fibre* fibre);
  void body(Fibre* fibre);
  void wait(State state, const char* file, int line);
  bool release(std::vector<Fibre*>& ready);
  bool releaseWarps(std::vector<Fibre*>& ready);
  std::string divergence();
};

thread_local Runner runner;

std::string where(const char* file, int line) {
  const char* slash = strrchr(file, '/');
  return std::string(slash ? slash + 1 : file) + ":" + std::to_string(line);
}

// On the fibre's own stack: threads of the block until none is left, then for the next block the same.
void Runner::body(Fibre* fibre) {
  fibre->stack.arrived();
  while (true) {
    do {
      int t = order[next++];
      const StandInDim& d = origin.blockSize;
      fibre->thread = t;
      fibre->place = origin;
      fibre->place.thread = {t % d.x, t / d.x % d.y, t / d.x / d.y};
      fibre->state = State::RUNNING;
      watch.threadStarts(t);
      entry(arguments);
      watch.threadEnds();
    } while (!Watch::OWN_STACKS && next < order.size());
    fibre->state = State::IDLE;
    fibre->stack.switchTo(scheduler);
  }
}

void start() {
  Runner* owner = &runner;
  owner->body(owner->current);
}

// From the scheduler to a fibre, and back when it waits or is done.
void Runner::enter(Fibre* fibre) {
  current = fibre;
  scheduler.switchTo(fibre->stack);
}

// From a fibre to the scheduler, and back when it is released.
void Runner::wait(State state, const char* file, int line) {
  Fibre* fibre = current;
  fibre->state = state;
  fibre->file = file;
  fibre->line = line;
  byThread[fibre->thread] = fibre;
  if (state == State::BARRIER) {
    watch.barrierReached();
  }
  watch.threadRests();
  fibre->stack.switchTo(scheduler);
  watch.threadGoesOn(fibre->thread);
  if (state == State::BARRIER) {
    watch.barrierPassed();
  }
}

bool Runner::releaseWarps(std::vector<Fibre*>& ready) {
  for (size_t first = 0; first < byThread.size(); first += WARP) {
    for (size_t lane = first; lane < std::min(first + WARP, byThread.size()); lane++) {
      Fibre* one = byThread[lane];
      if (!one || one->state != State::SHUFFLE) {
        continue;
      }
      bool whole = true;
      for (int other = 0; other < WARP && whole; other++) {
        if (one->mask >> other & 1) {
          Fibre* f = first + other < byThread.size() ? byThread[first + other] : nullptr;
          whole = f && f->state == State::SHUFFLE && f->mask == one->mask && f->line == one->line
              && strcmp(f->file, one->file) == 0 && f->distance == one->distance;
        }
      }
      if (!whole) {
        continue;
      }
      for (int other = 0; other < WARP; other++) {
        if (one->mask >> other & 1) {
          Fibre* f = byThread[first + other];
          int source = other ^ f->distance;
          bool given = source < WARP && one->mask >> source & 1;
          f->received = given ? byThread[first + source]->given : f->given;
        }
      }
      for (int other = 0; other < WARP; other++) {
        if (one->mask >> other & 1) {
          ready.push_back(byThread[first + other]);
        }
      }
      for (int other = 0; other < WARP; other++) {
        if (one->mask >> other & 1) {
          byThread[first + other] = nullptr;
        }
      }
    }
  }
  return !ready.empty();
}

bool Runner::release(std::vector<Fibre*>& ready) {
  if (releaseWarps(ready)) {
    return true;
  }
  Fibre* one = byThread[0];
  for (Fibre* f : byThread) {
    if (!f || f->state != State::BARRIER || f->line != one->line || strcmp(f->file, one->file) != 0) {
      return false;
    }
  }
  for (Fibre*& f : byThread) {
    ready.push_back(f);
    f = nullptr;
  }
  return true;
}

std::string Runner::divergence() {
  Fibre* one = nullptr;
  size_t alike = 0;
  for (Fibre* f : byThread) {
    if (f && !one) {
      one = f;
    }
  }
  for (Fibre* f : byThread) {
    alike += f && f->state == one->state && f->line == one->line;
  }
  std::ostringstream text;
  text << "divergent " << (one->state == State::BARRIER ? "barrier" : "shuffle") << " at "
       << where(one->file, one->line) << ": " << alike << " of " << byThread.size() << " threads reached it, block "
       << origin.block.x << "," << origin.block.y << "," << origin.block.z;
  return text.str();
}

void Runner::run(std::mt19937& random, Schedule schedule) {
  size_t threads = (size_t) origin.blockSize.x * origin.blockSize.y * origin.blockSize.z;
  order.resize(threads);
  std::iota(order.begin(), order.end(), 0);
  if (schedule == Schedule::REVERSE) {
    std::reverse(order.begin(), order.end());
  } else if (schedule == Schedule::SHUFFLED) {
    std::shuffle(order.begin(), order.end(), random);
  }
  byThread.assign(threads, nullptr);
  next = 0;
  fault.clear();
  watch.block(threads);
  size_t used = 0;
  std::vector<Fibre*> ready;
  while (fault.empty()) {
    while (next < order.size() && fault.empty()) {
      if (used == fibres.size()) {
        Fibre* fibre = new Fibre();
        fibre->stack = Stack(static_cast<char*>(malloc(STACK)), STACK);
        fibre->stack.enterAt(start);
        fibres.push_back(fibre);
        watch.block(threads);  // its memory is new, too
      }
      Fibre* fibre = fibres[used];
      enter(fibre);
      used += Watch::OWN_STACKS || fibre->state != State::IDLE;
    }
    bool waiting = std::any_of(byThread.begin(), byThread.end(), [](Fibre* f) { return f != nullptr; });
    if (!waiting || !fault.empty()) {
      break;
    }
    ready.clear();
    if (!release(ready)) {
      fault = divergence();
      break;
    }
    if (schedule == Schedule::REVERSE) {
      std::reverse(ready.begin(), ready.end());
    } else if (schedule == Schedule::SHUFFLED) {
      std::shuffle(ready.begin(), ready.end(), random);
    }
    for (Fibre* fibre : ready) {
      enter(fibre);
      if (!fault.empty()) {
        break;
      }
    }
  }
  watch.blockEnds();
  if (!fault.empty()) {
    for (Fibre* fibre : fibres) {
      fibre->stack.enterAt(start);  // it is abandoned in the middle of the kernel
      fibre->state = State::IDLE;
    }
  }
}

// OS threads that wait for launches; they live as long as the process.
class Workers {
 public:
  explicit Workers(int count) : count(count) {
    for (int i = 0; i < count; i++) {
      std::thread([this] { loop(); }).detach();
    }
  }

  void run(const std::function<void()>& task) {
    std::unique_lock<std::mutex> lock(mutex);
    job = &task;
    generation++;
    busy = count;
    wake.notify_all();
    done.wait(lock, [this] { return busy == 0; });
  }

 private:
  void loop() {
    long seen = 0;
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [&] { return generation != seen; });
      seen = generation;
      const std::function<void()>* task = job;
      lock.unlock();
      (*task)();
      lock.lock();
      if (--busy == 0) {
        done.notify_all();
      }
    }
  }

  int count;
  std::mutex mutex;
  std::condition_variable wake, done;
  const std::function<void()>* job = nullptr;
  long generation = 0;
  int busy = 0;
};

Workers& workers() {
  static Workers* all = new Workers(std::max(2u, std::thread::hardware_concurrency()));
  return *all;
}

}  // namespace

std::string runBlocks(
    const std::string& name, Entry entry, void** arguments, StandInDim grid, StandInDim block, Schedule schedule) {
  size_t blocks = (size_t) grid.x * grid.y * grid.z;
  std::vector<size_t> order(blocks);
  std::iota(order.begin(), order.end(), size_t(0));
  std::mt19937 shuffler(7);
  if (schedule == Schedule::REVERSE) {
    std::reverse(order.begin(), order.end());
  } else if (schedule == Schedule::SHUFFLED) {
    std::shuffle(order.begin(), order.end(), shuffler);
  }
  std::atomic<size_t> next(0);
  std::mutex mutex;
  std::string fault;
  std::function<void()> task = [&] {
    Runner& own = runner;
    own.entry = entry;
    own.arguments = arguments;
    for (size_t i = next++; i < blocks; i = next++) {
      size_t index = order[i];
      std::mt19937 random(static_cast<unsigned>(index));
      unsigned x = static_cast<unsigned>(index % grid.x);
      unsigned y = static_cast<unsigned>(index / grid.x % grid.y);
      unsigned z = static_cast<unsigned>(index / grid.x / grid.y);
      own.origin = {{0, 0, 0}, {x, y, z}, block, grid};
      own.run(random, schedule);
      if (!own.fault.empty()) {
        std::lock_guard<std::mutex> lock(mutex);
        if (fault.empty()) {
          fault = "kernel " + name + ": " + own.fault;
        }
        next = blocks;
      }
    }
  };
  if (blocks < 2) {
    task();
  } else {
    workers().run(task);
  }
  return fault;
}

extern "C" const Place* standinPlace() { return &runner.current->place; }

extern "C" void standinBarrier(const char* file, int line) { runner.wait(State::BARRIER, file, line); }

extern "C" uint64_t standinShuffleXor(unsigned mask, uint64_t bits, int distance, const char* file, int line) {
  Fibre* fibre = runner.current;
  fibre->mask = mask;
  fibre->given = bits;
  fibre->distance = distance;
  runner.wait(State::SHUFFLE, file, line);
  return fibre->received;
}

extern "C" void standinTrap(const char* file, int line) {
  runner.fault = "trap at " + where(file, line);
  runner.watch.threadRests();
  runner.current->stack.switchTo(runner.scheduler);  // and never back
}

}  // namespace standin
