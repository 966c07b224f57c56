// How a fibre's stack becomes the running one, and what ThreadSanitizer and AddressSanitizer must be told of it.
//
// Without a sanitizer: _setjmp and _longjmp, which save no signal masks and need no system call; ucontext makes a
// fibre's first entry. The sanitizers watch those, so with one (the replay of recorded launches, see replay.cpp) it is
// ucontext throughout:
//
//   - AddressSanitizer is told which stack is next, so that it knows the frames.
//   - ThreadSanitizer is given one of its fibres for each thread of a block, and no order between them but that of a
//     barrier and of a launch. So two threads of one block that touch the same memory without a barrier between them are
//     a race for it, though they take turns on one OS thread here. Consecutive blocks of an OS thread are ordered, since
//     they share what stands for shared memory; blocks on different OS threads are not.
#pragma once

#include <setjmp.h>
#include <stddef.h>
#include <ucontext.h>

#include <vector>

#ifdef STANDIN_ADDRESS
extern "C" void __sanitizer_start_switch_fiber(void** fakeStack, const void* bottom, size_t size);
extern "C" void __sanitizer_finish_switch_fiber(void* fakeStack, const void** bottom, size_t* size);
#endif
#ifdef STANDIN_THREAD
extern "C" void* __tsan_get_current_fiber();
extern "C" void* __tsan_create_fiber(unsigned flags);
extern "C" void __tsan_switch_to_fiber(void* fibre, unsigned flags);
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace standin {

// A stack on which something waits to go on.
class Stack {
 public:
  // The OS thread's own stack.
  Stack() = default;
  Stack(char* bottom, size_t size) : bottom(bottom), size(size) {}

  // The next switch to here starts with this function.
  void enterAt(void (*function)()) {
    start = function;
  }

  // Leaves this stack for another; returns when somebody switches back. The caller's frame must stay, so: not inlined.
  __attribute__((noinline)) void switchTo(Stack& other) {
#if defined(STANDIN_ADDRESS) || defined(STANDIN_THREAD)
    other.prepare();
    other.cameFrom = this;
#ifdef STANDIN_ADDRESS
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, other.bottom, other.size);
#endif
    swapcontext(&context, &other.context);
#ifdef STANDIN_ADDRESS
    arrived(fake);
#endif
#else
    if (_setjmp(place) == 0) {
      other.resume();
    }
#endif
  }

  // To be called first by the function a stack starts with.
  void arrived(void* fake = nullptr) {
#ifdef STANDIN_ADDRESS
    const void* before;
    size_t length;
    __sanitizer_finish_switch_fiber(fake, &before, &length);
    cameFrom->bottom = static_cast<char*>(const_cast<void*>(before));
    cameFrom->size = length;
#else
    (void) fake;
#endif
  }

 private:
  void prepare() {
    if (start) {
      getcontext(&context);
      context.uc_stack.ss_sp = bottom;
      context.uc_stack.ss_size = size;
      context.uc_link = nullptr;
      makecontext(&context, start, 0);
    }
    start = nullptr;
  }

#if defined(STANDIN_ADDRESS) || defined(STANDIN_THREAD)
  Stack* cameFrom = nullptr;
#else
  [[noreturn]] void resume() {
    if (start) {
      prepare();
      setcontext(&context);
    }
    _longjmp(place, 1);
  }

  jmp_buf place;
#endif
  ucontext_t context;
  char* bottom = nullptr;
  size_t size = 0;
  void (*start)() = nullptr;
};

// What ThreadSanitizer knows of the threads of the blocks that one OS thread runs; nothing without it.
class Watch {
 public:
#ifdef STANDIN_THREAD
  // Whether each thread of a block has a stack of its own: on a common one, their variables would seem to race.
  static const bool OWN_STACKS = true;

  // What was done so far comes before the threads that start from here on.
  void block(size_t threads) {
    scheduler = __tsan_get_current_fiber();
    while (fibres.size() < threads) {
      fibres.push_back(__tsan_create_fiber(0));
    }
    __tsan_release(&begin);
  }
  void blockEnds() { __tsan_acquire(&end); }
  void threadStarts(int thread) {
    threadGoesOn(thread);
    __tsan_acquire(&begin);
  }
  void threadEnds() {
    __tsan_release(&end);
    threadRests();
  }
  void threadGoesOn(int thread) { __tsan_switch_to_fiber(fibres[thread], UNORDERED); }
  void threadRests() { __tsan_switch_to_fiber(scheduler, UNORDERED); }
  void barrierReached() { __tsan_release(&barrier); }
  void barrierPassed() { __tsan_acquire(&barrier); }

 private:
  static const unsigned UNORDERED = 1;
  void* scheduler = nullptr;
  std::vector<void*> fibres;
  char begin = 0;
  char end = 0;
  char barrier = 0;
#else
  static const bool OWN_STACKS = false;

  void block(size_t) {}
  void blockEnds() {}
  void threadStarts(int) {}
  void threadEnds() {}
  void threadGoesOn(int) {}
  void threadRests() {}
  void barrierReached() {}
  void barrierPassed() {}
#endif
};

}  // namespace standin
