#include "model_size.hpp"

#include <unistd.h>

#include <filesystem>
#include <string>

namespace sketchntk::tools {

namespace {

class TemporaryModel {
  public:
    explicit TemporaryModel(const Model& model)
        : path_(std::filesystem::temp_directory_path() /
                ("sketchntk-" + std::to_string(getpid()) + ".model")) {
        model.save(path_.string());
    }
    ~TemporaryModel() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    TemporaryModel(const TemporaryModel&) = delete;
    TemporaryModel& operator=(const TemporaryModel&) = delete;

    [[nodiscard]] std::int64_t bytes() const {
        return static_cast<std::int64_t>(std::filesystem::file_size(path_));
    }

  private:
    std::filesystem::path path_;
};

}  // namespace

std::int64_t model_file_bytes(const Model& model) {
    return TemporaryModel(model).bytes();
}

}  // namespace sketchntk::tools
