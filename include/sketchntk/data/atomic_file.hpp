#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sketchntk {

/// A file that appears whole or not at all. Everything is written to a file of another name in the
/// same directory; `commit` moves it to its place. Without `commit` (an exception, an interrupt
/// that is reported as one) the destructor removes it, and a file that stood there before is
/// untouched.
///
/// A path that is a symbolic link names the file it points to. The new file keeps the permissions
/// of the one it replaces.
class AtomicFile {
  public:
    /// Creates the file under its temporary name, so that a path that cannot be written is found
    /// out before any long work.
    /// @throws IoError if the directory or an existing file cannot be written, or `path` is
    ///   something else than a regular file (a directory, a device).
    explicit AtomicFile(const std::string& path);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    /// Appends to what `write` has written so far; buffered.
    /// @throws IoError if the operating system refuses, e.g. because the disk is full.
    void write(std::span<const std::byte> bytes);
    void write(std::string_view text);

    /// Puts bytes at a position of their own, at once, past the buffer of `write`. May be called
    /// from several threads for ranges that do not overlap.
    /// @throws IoError as `write`.
    void write_at(Index position, std::span<const std::byte> bytes) const;

    /// Forces everything to the disk and moves the file to its place. To be called once, last.
    /// @throws IoError as `write`, or if the file cannot be moved.
    void commit();

    /// The path as the constructor was given it.
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    void create_temporary_file();
    void flush();
    void close_file() noexcept;

    std::string path_;
    std::string target_path_;
    std::string temporary_path_;
    int descriptor_ = -1;
    std::string buffer_;
    Index flushed_ = 0;
};

}  // namespace sketchntk
