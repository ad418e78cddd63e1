#pragma once

#include <sketchntk/core/error.hpp>
#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/row_reader.hpp>

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

namespace sketchntk::python {

namespace nb = nanobind;

/// Rows that a function takes as they lie, and vectors.
template <typename T>
using Contiguous1d = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Contiguous2d = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <typename T>
MatrixView<const T> view_of(const Contiguous2d<T>& array) {
    return {array.data(), static_cast<Index>(array.shape(0)), static_cast<Index>(array.shape(1))};
}

/// Hands progress to a Python function, if there is one. Called without Python's lock.
class CallbackObserver final : public ProgressObserver {
  public:
    explicit CallbackObserver(nb::handle callback) : callback_(callback) {}

    void update(const Progress& progress) override {
        if (callback_.is_none()) return;
        // Some loops report after every image; people need no more than a few numbers a second.
        const auto now = std::chrono::steady_clock::now();
        const bool finished = progress.done == progress.total;
        if (now - last_ < std::chrono::milliseconds(50) && !finished) return;
        last_ = now;
        const nb::gil_scoped_acquire lock;
        callback_(std::string(progress.stage), progress.done, progress.total,
                  std::string(progress.unit));
    }

  private:
    nb::handle callback_;
    std::chrono::steady_clock::time_point last_{};
};

/// Runs `work(execution)` on a thread of its own, without Python's lock, while this one looks for
/// signals: Ctrl-C ends the work at its next piece, whether or not it reports progress.
template <typename Work>
auto run(int threads, nb::handle callback, const Work& work) {
    constexpr std::chrono::milliseconds interval(50);
    std::atomic<bool> stop = false;
    CallbackObserver observer(callback);
    const Execution execution{.threads = threads, .observer = &observer, .stop = &stop};
    std::packaged_task<std::invoke_result_t<Work, const Execution&>()> task(
        [&] { return work(execution); });
    auto result = task.get_future();
    {
        const nb::gil_scoped_release unlocked;
        const std::jthread worker(std::move(task));
        while (result.wait_for(interval) != std::future_status::ready) {
            const nb::gil_scoped_acquire lock;
            if (PyErr_CheckSignals() == 0) continue;
            stop = true;
            const nb::python_error interrupt;
            {
                // The worker may want the lock for its callback.
                const nb::gil_scoped_release while_it_ends;
                result.wait();
            }
            throw interrupt;
        }
    }
    return result.get();
}

/// Rows of a batch: fewer where adding one to the sums takes long, which Ctrl-C waits for.
inline Index rows_at_once(Index features) {
    return features < 2048 ? 4096 : 1024;
}

/// Calls `use(batch, rows done before)` for the rows of a reader.
/// @param features that `use` adds to sums; 0 if it adds none
template <typename Use>
void for_each_batch(RowReader& rows, std::string_view stage, Index features,
                    const Execution& execution, const Use& use) {
    Index done = 0;
    rows.rewind();
    for (Batch batch; rows.read(rows_at_once(features), batch);) {
        execution.check_stop();
        use(batch, done);
        done += batch.rows();
        execution.report({stage, done, rows.row_count().value_or(0), "rows"});
    }
}

/// A matrix as a NumPy array that owns it; nothing is copied.
template <typename T>
nb::ndarray<nb::numpy, T, nb::ndim<2>> to_numpy(Matrix<T>&& matrix) {
    auto* owned = new Matrix<T>(std::move(matrix));
    const nb::capsule owner(
        owned, [](void* pointer) noexcept { delete static_cast<Matrix<T>*>(pointer); });
    return nb::ndarray<nb::numpy, T, nb::ndim<2>>(
        owned->data(),
        {static_cast<std::size_t>(owned->rows()), static_cast<std::size_t>(owned->columns())},
        owner);
}

inline std::span<const std::byte> bytes_view(const nb::bytes& bytes) {
    return {static_cast<const std::byte*>(bytes.data()), bytes.size()};
}

inline nb::bytes to_bytes(const std::string& text) {
    return nb::bytes(text.data(), text.size());
}

/// Pickling by the bytes of the type's own files.
template <typename Class>
void pickle_by_bytes(Class& bound) {
    using Type = typename Class::Type;
    bound.def("to_bytes", [](const Type& value) { return to_bytes(value.to_bytes()); });
    bound.def_static(
        "from_bytes", [](const nb::bytes& bytes) { return Type::from_bytes(bytes_view(bytes)); },
        nb::arg("bytes"));
    bound.def("__getstate__", [](const Type& value) { return to_bytes(value.to_bytes()); });
    bound.def("__setstate__", [](Type& value, const nb::bytes& bytes) {
        new (&value) Type(Type::from_bytes(bytes_view(bytes)));
    });
}

}  // namespace sketchntk::python
