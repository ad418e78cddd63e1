#include "core/parallel.hpp"
#include "data/input_file.hpp"
#include "data/npy_header.hpp"
#include "data/npy_scalar.hpp"
#include "data/output_path.hpp"
#include "data/run_journal.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/resumable_npy.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace sketchntk {

namespace {

void read_at(const std::string& path, int descriptor, Index position, std::span<std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = pread(descriptor, bytes.data(), bytes.size(), position);
        if (count < 0 && errno == EINTR) continue;
        if (count == 0) errno = EIO;
        if (count <= 0) throw_io_error(path, "read back");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        position += count;
    }
}

// Whether the name still stands for the open file: another run may have finished and moved it
// between our opening and locking it.
bool stands_for(const std::string& path, int descriptor) {
    struct stat named {};
    struct stat opened {};
    return stat(path.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 &&
           named.st_ino == opened.st_ino && named.st_dev == opened.st_dev;
}

}  // namespace

ResumableNpy::ResumableNpy(const std::string& path, Index rows, Index columns, NpyScalar scalar,
                           RunDescription description, Index steps)
    : path_(path),
      target_path_(replaceable_file(path)),
      rows_(rows),
      columns_(columns),
      scalar_(scalar),
      description_(std::move(description)),
      steps_(steps),
      header_(npy_header(npy_name(scalar), rows, columns)) {
    description_.emplace_back(
        "array", std::to_string(rows) + " x " + std::to_string(columns) + " " + to_text(scalar));
    open_partial();
    try {
        resume_or_begin();
    } catch (...) {
        // An empty file is one that this run has made.
        if (file_bytes() == 0) unlink(partial_path().c_str());
        close(descriptor_);
        throw;
    }
}

void ResumableNpy::open_partial() {
    for (;;) {
        descriptor_ = open(partial_path().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (descriptor_ < 0) throw_io_error(path_, "write");
        const bool locked = flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
        if (locked && stands_for(partial_path(), descriptor_)) return;
        close(descriptor_);
        if (!locked) throw IoError(partial_path() + ": another run is writing this file");
    }
}

void ResumableNpy::resume_or_begin() {
    const std::optional<RunJournal> journal = read_journal(journal_path());
    const Index bytes = file_bytes();
    if (bytes > 0 && !journal)
        throw InvalidArgument(partial_path() + ": no journal says what this file holds (" +
                              journal_path() + " is missing); remove it or write elsewhere");
    // A whole file that has been moved to its place may leave the journal behind.
    const bool finished = journal && bytes == 0 && journal->done == journal->steps;
    if (!journal || journal->done == 0 || finished) return begin();
    const std::string advice =
        "; remove it and " + journal_path() + " to begin anew, or write elsewhere";
    if (const std::string differing = differences(journal->description, description_);
        !differing.empty())
        throw InvalidArgument(partial_path() + " is of another run: " + differing + advice);
    if (const Index expected = position(rows_, 0); bytes != expected || journal->steps != steps_)
        throw InvalidArgument(partial_path() + ": expected " + std::to_string(expected) +
                              " bytes and " + std::to_string(steps_) + " steps, got " +
                              std::to_string(bytes) + " and " + std::to_string(journal->steps) +
                              advice);
    done_ = journal->done;
}

void ResumableNpy::begin() {
    write_journal();
    const Index bytes = position(rows_, 0);
    if (ftruncate(descriptor_, 0) != 0) throw_io_error(path_, "write");
    const int status = posix_fallocate(descriptor_, 0, bytes);
    if (status != 0) {
        if (ftruncate(descriptor_, 0) == 0) unlink(journal_path().c_str());
        errno = status;
        throw_io_error(path_, "reserve " + std::to_string(bytes) + " bytes");
    }
    write_at(0, std::as_bytes(std::span(header_)));
    struct stat replaced {};
    if (stat(target_path_.c_str(), &replaced) == 0) fchmod(descriptor_, replaced.st_mode & 07777U);
}

ResumableNpy::~ResumableNpy() {
    if (descriptor_ < 0) return;
    if (done_ == 0) {
        unlink(partial_path().c_str());
        unlink(journal_path().c_str());
    }
    close(descriptor_);
}

Index ResumableNpy::file_bytes() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0) throw_io_error(partial_path(), "read");
    return static_cast<Index>(status.st_size);
}

Index ResumableNpy::position(Index row, Index column) const {
    return static_cast<Index>(header_.size()) + (row * columns_ + column) * bytes_of(scalar_);
}

void ResumableNpy::write_journal() const {
    sketchntk::write_journal(journal_path(), {description_, steps_, done_});
}

void ResumableNpy::write_at(Index at, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = pwrite(descriptor_, bytes.data(), bytes.size(), at);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_io_error(path_, "write");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        at += count;
    }
}

void ResumableNpy::write(Index row, Index column, std::span<const float> entries) const {
    with_bytes<float>(scalar_, entries,
                      [&](auto bytes) { write_at(position(row, column), bytes); });
}
void ResumableNpy::write(Index row, Index column, std::span<const double> entries) const {
    with_bytes<double>(scalar_, entries,
                       [&](auto bytes) { write_at(position(row, column), bytes); });
}

void ResumableNpy::checkpoint(Index done) {
    if (fdatasync(descriptor_) != 0) throw_io_error(path_, "write");
    done_ = done;
    write_journal();
}

template <typename T>
void ResumableNpy::mirror(const Execution& execution) const {
    constexpr Index block = 512;
    const Index blocks = (rows_ + block - 1) / block;
    for (Index i = 0; i < blocks; ++i) {
        parallel_for(execution, i + 1, [&](Index j) {
            const Index rows = std::min(block, rows_ - i * block);
            const Index columns = std::min(block, rows_ - j * block);
            Matrix<T> lower(rows, columns);
            for (Index a = 0; a < rows; ++a)
                read_at(partial_path(), descriptor_, position(i * block + a, j * block),
                        std::as_writable_bytes(lower.row(a)));
            std::vector<T> above(static_cast<std::size_t>(rows));
            for (Index b = 0; b < columns; ++b) {
                // Of a block on the diagonal what is above it is not yet written.
                const Index first = i == j ? b : 0;
                for (Index a = first; a < rows; ++a)
                    above[static_cast<std::size_t>(a)] = lower(a, b);
                write(j * block + b, i * block + first,
                      std::span<const T>(above).subspan(static_cast<std::size_t>(first)));
            }
        });
        execution.report({"upper triangle", i + 1, blocks, "blocks of rows"});
    }
}

void ResumableNpy::mirror_lower_triangle(const Execution& execution) const {
    if (scalar_ == NpyScalar::float16)
        throw InvalidArgument(path_ + ": expected float32 or float64 to mirror, got float16");
    if (scalar_ == NpyScalar::float32)
        mirror<float>(execution);
    else
        mirror<double>(execution);
}

void ResumableNpy::commit() {
    if (fdatasync(descriptor_) != 0) throw_io_error(path_, "write");
    if (rename(partial_path().c_str(), target_path_.c_str()) != 0) throw_io_error(path_, "write");
    synchronise_directory_of(target_path_);
    unlink(journal_path().c_str());
    close(descriptor_);
    descriptor_ = -1;
}

}  // namespace sketchntk
