#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/progress.hpp>

#include <atomic>

namespace sketchntk {

/// How an operation may run: handed to every function that works for longer than a moment.
struct Execution {
    int threads = 0;                       ///< worker threads; 0 takes all that the process may use
    ProgressObserver* observer = nullptr;  ///< told about progress; may be null
    /// Set from another thread (or a signal handler), it ends the operation at the next piece of
    /// work, with `Interrupted`; may be null. Sums that are added to are left whole
    /// (`RidgeAccumulator`).
    const std::atomic<bool>* stop = nullptr;

    /// Tells the observer, if there is one.
    void report(const Progress& progress) const {
        if (observer != nullptr) observer->update(progress);
    }

    /// @throws Interrupted once `stop` is set.
    void check_stop() const {
        if (stop != nullptr && stop->load(std::memory_order_relaxed))
            throw Interrupted("interrupted");
    }
};

/// The number of threads `execution` stands for: its own, or the processors this process may use.
/// It is 1 where the matrix product library that the process was given cannot be called by several
/// threads at once (`build_information` says so).
/// @throws InvalidArgument if `execution.threads` is negative.
[[nodiscard]] int thread_count(const Execution& execution);

}  // namespace sketchntk
