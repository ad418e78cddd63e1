#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace sketchntk {

/// Throws IoError "PATH: cannot ACTION: reason", the reason being that of `errno`.
[[noreturn]] void throw_io_error(const std::string& path, const std::string& action);

/// A regular file that is open for reading, as long as the object lives; or bytes in memory that
/// are read as one.
class InputFile {
  public:
    /// @throws IoError if the file cannot be opened or is not a regular file.
    explicit InputFile(const std::string& path);
    /// @param name of the bytes, for messages; they have to outlive the object
    InputFile(std::string name, std::span<const std::byte> memory);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    /// -1 for bytes in memory.
    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Bytes in the file when it was opened.
    [[nodiscard]] Index size() const { return size_; }

    /// Fills `bytes` from `position` on.
    /// @throws FormatError if the file ends before, IoError if it cannot be read.
    void read_at(Index position, std::span<std::byte> bytes) const;

  private:
    std::string path_;
    int descriptor_ = -1;
    std::span<const std::byte> memory_;
    Index size_ = 0;
};

}  // namespace sketchntk
