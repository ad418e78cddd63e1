#include "data/image_folder.hpp"

#include "data/image_file.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace sketchntk {

namespace {

namespace fs = std::filesystem;
using OnBadImage = std::function<void(const std::string&)>;

constexpr std::array<std::string_view, 3> image_endings{".png", ".jpg", ".jpeg"};
constexpr std::array<std::string_view, 5> other_image_endings{".bmp", ".gif", ".tif", ".tiff",
                                                              ".webp"};

std::string lower_case_ending(const fs::path& path) {
    std::string ending = path.extension().string();
    for (char& c : ending)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return ending;
}

/// The names in a folder, sorted.
struct FolderContent {
    std::vector<std::string> images;
    std::vector<std::string> folders;

    explicit FolderContent(const std::string& path) {
        std::error_code error;
        fs::directory_iterator entries(path, error);
        for (; !error && entries != fs::directory_iterator(); entries.increment(error))
            add(*entries);
        if (error) throw IoError(path + ": cannot read the folder: " + error.message());
        std::sort(images.begin(), images.end());
        std::sort(folders.begin(), folders.end());
    }

  private:
    void add(const fs::directory_entry& entry) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with('.')) return;
        std::error_code ignored;
        if (entry.is_directory(ignored)) {
            folders.push_back(name);
            return;
        }
        const std::string ending = lower_case_ending(entry.path());
        if (std::count(image_endings.begin(), image_endings.end(), ending) > 0)
            images.push_back(name);
        else if (std::count(other_image_endings.begin(), other_image_endings.end(), ending) > 0)
            throw FormatError(entry.path().string() + ": expected PNG or JPEG images");
    }
};

std::string size_text(const std::vector<Index>& shape) {
    std::string text;
    for (const Index length : shape) text += (text.empty() ? "" : " x ") + std::to_string(length);
    return text;
}

class ImageFolder final : public ImageSequence {
  public:
    ImageFolder(const std::string& path, const std::vector<std::string>& known_classes,
                const OnBadImage& on_bad_image)
        : path_(path), classes_(known_classes) {
        const FolderContent content(path);
        if (content.folders.empty())
            add_images("", content.images, 0);
        else
            add_classes(content);
        if (files_.empty()) throw FormatError(path + ": no PNG or JPEG image in this folder");
        if (on_bad_image)
            leave_out_bad_images(on_bad_image);
        else
            shape_ = decoded(0).shape;
    }

    const std::vector<Index>& shape() const override { return shape_; }
    Index count() const override { return static_cast<Index>(files_.size()); }
    bool labelled() const override { return labelled_; }
    std::vector<std::string> class_names() const override { return classes_; }

    Index next(std::span<std::uint8_t> values) override {
        const DecodedImage image = decoded(next_);
        if (image.shape != shape_)
            throw FormatError(place_of(next_) + ": expected images of one size, got " +
                              size_text(image.shape) + " here and " + size_text(shape_) + " in " +
                              path_of(0));
        std::copy(image.values.begin(), image.values.end(), values.begin());
        return files_[static_cast<std::size_t>(next_++)].label;
    }

    void rewind() override { next_ = 0; }

  private:
    struct File {
        std::string name;  ///< within the folder
        Index label;
    };

    [[nodiscard]] std::string path_of(Index image) const {
        return (fs::path(path_) / files_[static_cast<std::size_t>(image)].name).string();
    }

    [[nodiscard]] std::string place_of(Index image) const {
        return image_place(path_of(image), image + 1, count());
    }

    [[nodiscard]] DecodedImage decoded(Index image) const {
        return read_image_file(path_of(image), place_of(image));
    }

    void leave_out_bad_images(const OnBadImage& on_bad_image) {
        std::vector<std::vector<Index>> shapes(files_.size());
        std::map<std::vector<Index>, Index> frequencies;
        for (Index i = 0; i < count(); ++i) {
            try {
                shapes[static_cast<std::size_t>(i)] = decoded(i).shape;
                ++frequencies[shapes[static_cast<std::size_t>(i)]];
            } catch (const FormatError& error) {
                on_bad_image(error.what());
            }
        }
        if (frequencies.empty())
            throw FormatError(path_ + ": none of the " + std::to_string(count()) +
                              " images can be decoded");
        shape_ = std::ranges::max_element(frequencies, {}, [](const auto& entry) {
                     return entry.second;
                 })->first;
        std::vector<File> good;
        for (Index i = 0; i < count(); ++i) {
            const std::vector<Index>& shape = shapes[static_cast<std::size_t>(i)];
            if (shape == shape_)
                good.push_back(files_[static_cast<std::size_t>(i)]);
            else if (!shape.empty())
                on_bad_image(place_of(i) + ": is " + size_text(shape) + ", most images are " +
                             size_text(shape_));
        }
        files_ = std::move(good);
    }

    void add_classes(const FolderContent& content) {
        if (!content.images.empty())
            throw FormatError(path_ +
                              ": expected images in this folder or in folders of classes, "
                              "got both: " +
                              content.images.front() + " and " + content.folders.front() + "/");
        labelled_ = true;
        const bool learns = classes_.empty();
        if (learns) classes_ = content.folders;
        for (const std::string& name : content.folders) {
            const FolderContent of_class((fs::path(path_) / name).string());
            if (!of_class.folders.empty())
                throw FormatError((fs::path(path_) / name).string() +
                                  ": expected the images of a class, got the folder " +
                                  of_class.folders.front() +
                                  "/; name the folder whose sub-folders are the classes");
            if (of_class.images.empty())
                throw FormatError((fs::path(path_) / name).string() +
                                  ": no PNG or JPEG image in the folder of this class");
            const auto known = std::find(classes_.begin(), classes_.end(), name);
            if (known == classes_.end())
                throw FormatError((fs::path(path_) / name).string() + ": expected one of the " +
                                  std::to_string(classes_.size()) + " known classes");
            add_images(name, of_class.images, known - classes_.begin());
        }
    }

    void add_images(const fs::path& folder, const std::vector<std::string>& names, Index label) {
        for (const std::string& name : names) files_.push_back({(folder / name).string(), label});
    }

    std::string path_;
    std::vector<std::string> classes_;
    bool labelled_ = false;
    std::vector<File> files_;
    std::vector<Index> shape_;
    Index next_ = 0;
};

}  // namespace

std::unique_ptr<ImageSequence> open_image_folder(const std::string& path,
                                                 const std::vector<std::string>& known_classes,
                                                 const OnBadImage& on_bad_image) {
    return std::make_unique<ImageFolder>(path, known_classes, on_bad_image);
}

}  // namespace sketchntk
