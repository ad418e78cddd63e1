#include "data/idx_images.hpp"

#include "data/compressed_file.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <array>
#include <filesystem>

namespace sketchntk {

namespace {

constexpr std::size_t labels_dimensions = 1;

/// An idx file of bytes: its lengths, then its values from the front.
class IdxFile {
  public:
    explicit IdxFile(const std::string& path) : file_(path) { read_header(); }

    [[nodiscard]] const std::string& path() const { return file_.path(); }
    [[nodiscard]] const std::vector<Index>& lengths() const { return lengths_; }
    [[nodiscard]] Index count() const { return lengths_.front(); }

    /// The bytes of item number `item`, which follows the one read before.
    void read(Index item, std::span<std::uint8_t> bytes) {
        std::size_t got = 0;
        try {
            got = file_.read({reinterpret_cast<char*>(bytes.data()), bytes.size()});
        } catch (const FormatError& error) {
            throw FormatError(std::string(error.what()) + ", in " + place(item));
        }
        if (got < bytes.size())
            throw FormatError(file_.path() + ": truncated in " + place(item) + ": expected " +
                              std::to_string(bytes.size()) + " bytes, got " + std::to_string(got));
    }
    void check_end() {
        char byte = 0;
        if (file_.read({&byte, 1}) > 0)
            throw FormatError(file_.path() + ": expected " + std::to_string(count()) +
                              " items, got a longer file");
    }
    void rewind() {
        file_.rewind();
        read_header();
    }

  private:
    [[nodiscard]] std::string place(Index item) const {
        return (lengths_.size() > labels_dimensions ? "image " : "label ") +
               std::to_string(item + 1) + " of " + std::to_string(count());
    }

    void read_header() {
        const std::array<unsigned char, 4> magic = number();
        const std::string expected =
            file_.path() +
            ": expected an idx file (bytes 0, 0, 8 for unsigned bytes, number of "
            "dimensions), got the bytes ";
        if (magic[0] != 0 || magic[1] != 0 || magic[2] != 8 || magic[3] < 1 || magic[3] > 4)
            throw FormatError(expected + std::to_string(magic[0]) + ", " +
                              std::to_string(magic[1]) + ", " + std::to_string(magic[2]) + ", " +
                              std::to_string(magic[3]));
        lengths_.clear();
        for (int axis = 0; axis < magic[3]; ++axis) {
            Index length = 0;
            for (const unsigned char byte : number()) length = length * 256 + byte;
            lengths_.push_back(length);
        }
        if (count() < 1) throw FormatError(file_.path() + ": an idx file without items");
    }

    std::array<unsigned char, 4> number() {
        std::array<char, 4> bytes{};
        if (file_.read(bytes) < bytes.size())
            throw FormatError(file_.path() + ": truncated idx header");
        std::array<unsigned char, 4> result{};
        for (std::size_t k = 0; k < bytes.size(); ++k)
            result[k] = static_cast<unsigned char>(bytes[k]);
        return result;
    }

    CompressedFile file_;
    std::vector<Index> lengths_;
};

class IdxImages final : public ImageSequence {
  public:
    IdxImages(const std::string& path, const std::string& labels_path) : images_(path) {
        const std::vector<Index>& lengths = images_.lengths();
        if (lengths.size() < 3)
            throw FormatError(path + ": expected images, an idx file of 3 or 4 dimensions, got " +
                              std::to_string(lengths.size()) +
                              (lengths.size() == 1 ? ": these are labels" : ""));
        shape_.assign(lengths.begin() + 1, lengths.end());
        if (shape_.size() == 2) shape_.push_back(1);
        check_image_size(shape_, path);
        if (!labels_path.empty()) open_labels(labels_path);
    }

    const std::vector<Index>& shape() const override { return shape_; }
    Index count() const override { return images_.count(); }
    bool labelled() const override { return labels_ != nullptr; }
    std::vector<std::string> class_names() const override { return numbered_classes(classes_); }

    Index next(std::span<std::uint8_t> values) override {
        images_.read(next_, values);
        std::uint8_t label = 0;
        if (labels_) labels_->read(next_, {&label, 1});
        if (++next_ == count()) images_.check_end();
        return label;
    }

    void rewind() override {
        images_.rewind();
        if (labels_) labels_->rewind();
        next_ = 0;
    }

  private:
    void open_labels(const std::string& path) {
        labels_ = std::make_unique<IdxFile>(path);
        if (labels_->lengths().size() != labels_dimensions)
            throw FormatError(path + ": expected labels, an idx file of 1 dimension, got " +
                              std::to_string(labels_->lengths().size()));
        if (labels_->count() != count())
            throw DimensionMismatch(images_.path() + " has " + std::to_string(count()) +
                                    " images, its labels in " + path + " are " +
                                    std::to_string(labels_->count()));
        for (Index k = 0; k < count(); ++k) {
            std::uint8_t label = 0;
            labels_->read(k, {&label, 1});
            classes_ = std::max<Index>(classes_, label + 1);
        }
        labels_->rewind();
    }

    IdxFile images_;
    std::unique_ptr<IdxFile> labels_;
    Index classes_ = 0;
    std::vector<Index> shape_;
    Index next_ = 0;
};

void replace(std::string& text, std::string_view from, std::string_view to) {
    const std::size_t position = text.rfind(from);
    if (position != std::string::npos) text.replace(position, from.size(), to);
}

}  // namespace

bool looks_like_idx(std::string_view beginning) {
    return beginning.size() >= 4 && beginning[0] == 0 && beginning[1] == 0 && beginning[2] >= 8 &&
           beginning[2] <= 14 && beginning[3] >= 1 && beginning[3] <= 8;
}

std::unique_ptr<ImageSequence> open_idx_images(const std::string& path,
                                               const std::string& labels_path) {
    return std::make_unique<IdxImages>(path, labels_path);
}

std::string idx_labels_beside(const std::string& path) {
    const std::filesystem::path images(path);
    std::string name = images.filename().string();
    if (name.find("images") == std::string::npos) return {};
    replace(name, "images", "labels");
    replace(name, "idx3", "idx1");
    std::string other = name;
    if (name.ends_with(".gz"))
        other.resize(other.size() - 3);
    else
        other += ".gz";
    for (const std::string& candidate : {name, other}) {
        const std::string labels = (images.parent_path() / candidate).string();
        std::error_code ignored;
        if (std::filesystem::is_regular_file(labels, ignored)) return labels;
    }
    return {};
}

}  // namespace sketchntk
