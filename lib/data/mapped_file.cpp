#include "data/mapped_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

namespace sketchntk {

MappedFile::MappedFile(const std::string& path) : path_(path) {
    const InputFile file(path);
    size_ = static_cast<std::size_t>(file.size());
    if (size_ == 0) return;
    void* data = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (data == MAP_FAILED) throw_io_error(path, "map into memory");
    data_ = static_cast<char*>(data);
    madvise(data_, size_, MADV_SEQUENTIAL);
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) munmap(data_, size_);
}

void MappedFile::release(Index first, Index end) const {
    const Index page = sysconf(_SC_PAGESIZE);
    const Index start = first / page * page;
    const Index stop = end / page * page;
    if (stop > start) madvise(data_ + start, static_cast<std::size_t>(stop - start), MADV_DONTNEED);
}

}  // namespace sketchntk
