#include "data/container_description.hpp"

#include <sketchntk/core/error.hpp>

#include <xxhash.h>

#include <bit>
#include <cstring>
#include <set>
#include <string_view>

namespace sketchntk {

namespace {

static_assert(std::endian::native == std::endian::little,
              "container files are little-endian and are read without conversion");

constexpr std::string_view magic = "sketchntk file\r\n";
constexpr std::uint32_t layout_version = 1;
constexpr std::size_t prefix_bytes =
    magic.size() + 2 * sizeof(std::uint32_t) + sizeof(std::uint64_t);
constexpr std::size_t fixed_bytes = prefix_bytes + sizeof(std::uint64_t);
constexpr std::uint32_t float32_code = 1;
constexpr std::uint32_t float64_code = 2;

template <typename T>
void append_number(std::string& bytes, T number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void append_text(std::string& bytes, const std::string& text) {
    append_number(bytes, static_cast<std::uint64_t>(text.size()));
    bytes += text;
}

/// Takes numbers and texts off the front of some bytes; never reads past their end.
class Decoder {
  public:
    Decoder(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

    std::string_view take(std::uint64_t count) {
        if (count > bytes_.size())
            throw FormatError(path_ + ": damaged: a text of " + std::to_string(count) +
                              " bytes where " + std::to_string(bytes_.size()) + " are left");
        const std::string_view taken = bytes_.substr(0, static_cast<std::size_t>(count));
        bytes_.remove_prefix(taken.size());
        return taken;
    }
    template <typename T>
    T number() {
        T value{};
        std::memcpy(&value, take(sizeof value).data(), sizeof value);
        return value;
    }
    std::string text() { return std::string(take(number<std::uint64_t>())); }
    [[nodiscard]] bool finished() const { return bytes_.empty(); }

  private:
    const std::string& path_;
    std::string_view bytes_;
};

/// Checksum of the fixed prefix and the description that follows the checksum's own place.
std::uint64_t checksum(std::string_view prefix, std::string_view description) {
    const std::string joined = std::string(prefix) + std::string(description);
    return XXH3_64bits(joined.data(), joined.size());
}

ArrayDescription decode_array(const std::string& path, Decoder& decoder) {
    ArrayDescription array;
    array.name = decoder.text();
    const auto scalar = decoder.number<std::uint32_t>();
    if (scalar != float32_code && scalar != float64_code)
        throw FormatError(path + ": damaged: array '" + array.name + "' has scalar code " +
                          std::to_string(scalar) + "; expected 1 or 2");
    array.is_float64 = scalar == float64_code;
    array.rows = static_cast<Index>(decoder.number<std::int64_t>());
    array.columns = static_cast<Index>(decoder.number<std::int64_t>());
    array.checksum = decoder.number<std::uint64_t>();
    return array;
}

ContainerDescription decode(const std::string& path, std::uint32_t version,
                            std::string_view bytes) {
    Decoder decoder(path, bytes);
    ContainerDescription description;
    description.version = version;
    description.kind = decoder.text();
    description.header = decoder.text();
    const auto count = decoder.number<std::uint32_t>();
    std::set<std::string> names;
    for (std::uint32_t i = 0; i < count; ++i) {
        description.arrays.push_back(decode_array(path, decoder));
        if (!names.insert(description.arrays.back().name).second)
            throw FormatError(path + ": damaged: two arrays have the name '" +
                              description.arrays.back().name + "'");
    }
    if (!decoder.finished()) throw FormatError(path + ": damaged: the description is too long");
    return description;
}

std::string read_text(const InputFile& file, Index position, std::size_t count) {
    std::string text(count, '\0');
    file.read_at(position, std::as_writable_bytes(std::span(text)));
    return text;
}

void require_magic(const InputFile& file) {
    if (file.size() < static_cast<Index>(magic.size()) || read_text(file, 0, magic.size()) != magic)
        throw FormatError(file.path() + ": not a sketchntk file");
}

}  // namespace

std::string encode(const ContainerDescription& description) {
    std::string body;
    append_text(body, description.kind);
    append_text(body, description.header);
    append_number(body, static_cast<std::uint32_t>(description.arrays.size()));
    for (const ArrayDescription& array : description.arrays) {
        append_text(body, array.name);
        append_number(body, array.is_float64 ? float64_code : float32_code);
        append_number(body, static_cast<std::int64_t>(array.rows));
        append_number(body, static_cast<std::int64_t>(array.columns));
        append_number(body, array.checksum);
    }
    std::string bytes(magic);
    append_number(bytes, layout_version);
    append_number(bytes, description.version);
    append_number(bytes, static_cast<std::uint64_t>(body.size()));
    append_number(bytes, checksum(bytes, body));
    return bytes + body;
}

ContainerDescription read_description(const InputFile& file, Index& end) {
    require_magic(file);
    if (file.size() < static_cast<Index>(fixed_bytes))
        throw FormatError(file.path() + ": truncated: " + std::to_string(file.size()) + " bytes");
    const std::string fixed = read_text(file, 0, fixed_bytes);
    Decoder decoder(file.path(), std::string_view(fixed).substr(magic.size()));
    const auto layout = decoder.number<std::uint32_t>();
    if (layout != layout_version)
        throw FormatError(file.path() + ": file layout version " + std::to_string(layout) +
                          "; this build reads version " + std::to_string(layout_version));
    const auto version = decoder.number<std::uint32_t>();
    const auto length = decoder.number<std::uint64_t>();
    const auto expected = decoder.number<std::uint64_t>();
    if (length > static_cast<std::uint64_t>(file.size()) - fixed_bytes)
        throw FormatError(file.path() + ": truncated or damaged: the description alone takes " +
                          std::to_string(length) + " bytes, the file has " +
                          std::to_string(file.size()));
    const std::string body =
        read_text(file, static_cast<Index>(fixed_bytes), static_cast<std::size_t>(length));
    if (checksum(std::string_view(fixed).substr(0, prefix_bytes), body) != expected)
        throw FormatError(file.path() + ": damaged: wrong checksum of the description");
    end = static_cast<Index>(fixed_bytes + body.size());
    return decode(file.path(), version, body);
}

}  // namespace sketchntk
