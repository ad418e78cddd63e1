#pragma once

#include <sketchntk/core/matrix.hpp>

#include <cstddef>
#include <span>
#include <string>

namespace sketchntk {

/// Throws IoError "PATH: cannot ACTION: reason", the reason being that of `errno`.
[[noreturn]] void throw_io_error(const std::string& path, const std::string& action);

/// A regular file that is open for reading, as long as the object lives.
class InputFile {
  public:
    /// @throws IoError if the file cannot be opened or is not a regular file.
    explicit InputFile(const std::string& path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// Bytes in the file when it was opened.
    [[nodiscard]] Index size() const { return size_; }

    /// Fills `bytes` from `position` on.
    /// @throws FormatError if the file ends before, IoError if it cannot be read.
    void read_at(Index position, std::span<std::byte> bytes) const;

  private:
    std::string path_;
    int descriptor_ = -1;
    Index size_ = 0;
};

}  // namespace sketchntk
