#include "refusal.hpp"

using namespace sketchntk_test;

namespace {

class ModelFile {
  public:
    ModelFile() {
        write_file(path("data.csv"), "a,b,y\n1,2,3\n2,3,4\n1,4,2\n5,1,1\n");
        succeed({"fit", "--data", path("data.csv"), "--target", "y", "--features", "16", "--lambda",
                 "1", "--model", path("good.model")});
        content_ = content_of(path("good.model"));
        REQUIRE(content_.size() > 500);
    }

    [[nodiscard]] const std::string& content() const { return content_; }

    /// A model file with this content is refused by all that read one.
    void refuse(const std::string& content) const {
        write_file(path("bad.model"), content);
        check_refused({"predict", "--model", path("bad.model"), "--data", path("data.csv"), "--out",
                       path("p.csv")},
                      {path("bad.model")}, directory_);
        check_refused({"info", path("bad.model")}, {path("bad.model")}, directory_);
    }

  private:
    [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }

    TemporaryDirectory directory_;
    std::string content_;
};

}  // namespace

TEST_CASE("a truncated or lengthened model file is refused") {
    const ModelFile model;
    const std::string& content = model.content();
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{20},
                                     content.size() / 2, content.size() - 1}) {
        INFO(length);
        model.refuse(content.substr(0, length));
    }
    model.refuse(content + "x");
}

TEST_CASE("one flipped bit anywhere in a model file is noticed") {
    const ModelFile model;
    const std::string& content = model.content();
    constexpr std::size_t places = 15;
    for (std::size_t k = 0; k <= places; ++k) {
        const std::size_t position = k * (content.size() - 1) / places;
        INFO("bit " << k % 8 << " of byte " << position << " of " << content.size());
        std::string damaged = content;
        damaged[position] = static_cast<char>(damaged[position] ^ (1 << k % 8));
        model.refuse(damaged);
    }
}

TEST_CASE("a text file is not a model") {
    const ModelFile model;
    model.refuse("a,b,y\n1,2,3\n");
    model.refuse("{\"layers\": []}\n");
}
