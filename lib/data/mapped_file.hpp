#pragma once

#include "data/input_file.hpp"

#include <string_view>

namespace sketchntk {

/// A regular file mapped into memory for reading.
class MappedFile {
  public:
    /// @throws IoError as InputFile, or if the file cannot be mapped.
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] std::string_view bytes() const { return {data_, size_}; }

    /// Gives back the memory of the pages from the one that holds byte `first` to the last that
    /// ends before byte `end`; they are read from the file again if they are wanted again.
    void release(Index first, Index end) const;

  private:
    std::string path_;
    char* data_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sketchntk
