#pragma once

#include <memory>
#include <span>
#include <string>

struct gzFile_s;

namespace sketchntk {

/// The bytes of a regular file from the front, plain or compressed by gzip (told by content, not by
/// name).
class CompressedFile {
  public:
    /// @throws IoError if the file cannot be opened or is not a regular file.
    explicit CompressedFile(const std::string& path);

    /// Fills `bytes`, or as much of them as there still is.
    /// @returns how many; 0 at the end of the file.
    /// @throws IoError if the file cannot be read, FormatError if its compressed data is truncated
    ///   or damaged.
    [[nodiscard]] std::size_t read(std::span<char> bytes);

    /// Back to the first byte.
    /// @throws IoError if the file cannot be read.
    void rewind();

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    struct Close {
        void operator()(gzFile_s* file) const noexcept;
    };

    std::string path_;
    std::unique_ptr<gzFile_s, Close> file_;
};

}  // namespace sketchntk
