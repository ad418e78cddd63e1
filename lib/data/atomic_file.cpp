#include "data/input_file.hpp"
#include "data/output_path.hpp"

#include <sketchntk/data/atomic_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace sketchntk {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18;

}  // namespace

AtomicFile::AtomicFile(const std::string& path)
    : path_(path), target_path_(replaceable_file(path)) {
    buffer_.reserve(buffer_size);
    create_temporary_file();
}

void AtomicFile::create_temporary_file() {
    static std::atomic<unsigned> counter{0};
    do {
        temporary_path_ = target_path_ + ".partial-" + std::to_string(getpid()) + "-" +
                          std::to_string(counter.fetch_add(1));
        descriptor_ = open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor_ < 0 && errno == EEXIST);
    if (descriptor_ < 0) throw_io_error(path_, "write");
    struct stat status {};
    if (stat(target_path_.c_str(), &status) == 0) fchmod(descriptor_, status.st_mode & 07777U);
}

AtomicFile::~AtomicFile() {
    close_file();
    if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
}

void AtomicFile::close_file() noexcept {
    if (descriptor_ >= 0) close(descriptor_);
    descriptor_ = -1;
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::write(std::string_view text) {
    if (buffer_.size() + text.size() > buffer_size) flush();
    if (text.size() < buffer_size) {
        buffer_.append(text);
        return;
    }
    write_at(flushed_, std::as_bytes(std::span(text)));
    flushed_ += static_cast<Index>(text.size());
}

void AtomicFile::flush() {
    write_at(flushed_, std::as_bytes(std::span(buffer_)));
    flushed_ += static_cast<Index>(buffer_.size());
    buffer_.clear();
}

void AtomicFile::write_at(Index position, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count = pwrite(descriptor_, bytes.data(), bytes.size(), position);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw_io_error(path_, "write");
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        position += count;
    }
}

void AtomicFile::commit() {
    flush();
    if (fsync(descriptor_) != 0) throw_io_error(path_, "write");
    close_file();
    if (rename(temporary_path_.c_str(), target_path_.c_str()) != 0) throw_io_error(path_, "write");
    temporary_path_.clear();
    synchronise_directory_of(target_path_);
}

}  // namespace sketchntk
