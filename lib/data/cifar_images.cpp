#include "data/cifar_images.hpp"

#include "data/input_file.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <filesystem>

namespace sketchntk {

namespace {

constexpr Index pixels = 32 * 32;
constexpr Index channels = 3;

struct Record {
    Index labels;  ///< bytes before the values; the last of them counts
    Index classes;

    [[nodiscard]] Index bytes() const { return labels + channels * pixels; }
};
constexpr Record cifar10{1, 10};
constexpr Record cifar100{2, 100};

class CifarImages final : public ImageSequence {
  public:
    explicit CifarImages(const std::vector<std::string>& paths) {
        for (const std::string& path : paths) files_.push_back(std::make_unique<InputFile>(path));
        record_ = fits(cifar10) && has_labels_of(cifar10) ? cifar10 : cifar100;
        if (!fits(record_)) refuse_lengths();
        for (const auto& file : files_) count_ += images_of(*file);
        bytes_.resize(static_cast<std::size_t>(record_.bytes()));
    }

    const std::vector<Index>& shape() const override { return shape_; }
    Index count() const override { return count_; }
    bool labelled() const override { return true; }
    std::vector<std::string> class_names() const override {
        return numbered_classes(record_.classes);
    }

    Index next(std::span<std::uint8_t> values) override {
        const InputFile& file = *files_[file_number_];
        file.read_at(in_file_ * record_.bytes(), std::as_writable_bytes(std::span(bytes_)));
        const Index label = bytes_[static_cast<std::size_t>(record_.labels - 1)];
        if (label >= record_.classes)
            throw FormatError(image_place(file.path(), in_file_ + 1, images_of(file)) +
                              ": expected a label of 0 to " + std::to_string(record_.classes - 1) +
                              ", got " + std::to_string(label));
        const std::uint8_t* planes = bytes_.data() + record_.labels;
        for (Index pixel = 0; pixel < pixels; ++pixel)
            for (Index c = 0; c < channels; ++c)
                values[static_cast<std::size_t>(pixel * channels + c)] = planes[c * pixels + pixel];
        if (++in_file_ == images_of(file)) {
            ++file_number_;
            in_file_ = 0;
        }
        return label;
    }

    void rewind() override {
        file_number_ = 0;
        in_file_ = 0;
    }

  private:
    [[nodiscard]] Index images_of(const InputFile& file) const {
        return file.size() / record_.bytes();
    }
    [[nodiscard]] bool fits(const Record& record) const {
        return std::all_of(files_.begin(), files_.end(), [&](const auto& file) {
            return file->size() > 0 && file->size() % record.bytes() == 0;
        });
    }
    // Tells the two kinds apart where a file is as long as whole records of either would be.
    [[nodiscard]] bool has_labels_of(const Record& record) const {
        if (!fits(cifar100)) return true;
        return std::all_of(files_.begin(), files_.end(), [&](const auto& file) {
            for (Index first = 0; first < file->size(); first += record.bytes()) {
                std::byte label{};
                file->read_at(first + record.labels - 1, {&label, 1});
                if (std::to_integer<Index>(label) >= record.classes) return false;
            }
            return true;
        });
    }
    [[noreturn]] void refuse_lengths() const {
        const auto culprit = std::find_if(files_.begin(), files_.end(), [](const auto& file) {
            return file->size() == 0 || file->size() % cifar10.bytes() != 0;
        });
        throw FormatError((*culprit)->path() +
                          ": expected whole CIFAR records, of 3073 bytes (CIFAR-10) or 3074 "
                          "(CIFAR-100), got " +
                          std::to_string((*culprit)->size()) + " bytes: image " +
                          std::to_string((*culprit)->size() / cifar10.bytes() + 1) +
                          " would be cut off");
    }

    std::vector<std::unique_ptr<InputFile>> files_;
    Record record_{};
    Index count_ = 0;
    std::vector<Index> shape_{32, 32, channels};
    std::size_t file_number_ = 0;
    Index in_file_ = 0;
    std::vector<std::uint8_t> bytes_;
};

}  // namespace

std::unique_ptr<ImageSequence> open_cifar_images(const std::vector<std::string>& paths) {
    return std::make_unique<CifarImages>(paths);
}

std::vector<std::string> cifar_batches_in(const std::string& directory) {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("data_batch_") && name.ends_with(".bin"))
            paths.push_back(entry.path().string());
    }
    // Shorter names hold smaller numbers.
    std::sort(paths.begin(), paths.end(), [](const std::string& a, const std::string& b) {
        return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
    return paths;
}

}  // namespace sketchntk
