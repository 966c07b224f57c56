// Runs the blocks of a launch on the CPU.
#pragma once

#include <string>

#include "kernel.h"

namespace standin {

typedef void (*Entry)(void** arguments);

// The order in which blocks, and the threads between two barriers, take their turns. A right kernel gives the same
// numbers in all of them.
enum class Schedule { FORWARD, REVERSE, SHUFFLED };

// Runs all blocks; returns what went wrong, or "".
std::string runBlocks(
    const std::string& name, Entry entry, void** arguments, StandInDim grid, StandInDim block, Schedule schedule);

}  // namespace standin
