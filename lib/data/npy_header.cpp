#include "data/npy_header.hpp"

#include <sketchntk/core/error.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

constexpr std::string_view magic = "\x93NUMPY";

constexpr std::array<std::pair<std::string_view, NpyType>, 15> type_names{{
    {"<f2", NpyType::float16},
    {"<f4", NpyType::float32},
    {"<f8", NpyType::float64},
    {"|i1", NpyType::int8},
    {"<i1", NpyType::int8},
    {"<i2", NpyType::int16},
    {"<i4", NpyType::int32},
    {"<i8", NpyType::int64},
    {"|u1", NpyType::uint8},
    {"<u1", NpyType::uint8},
    {"<u2", NpyType::uint16},
    {"<u4", NpyType::uint32},
    {"<u8", NpyType::uint64},
    {"|b1", NpyType::boolean},
    {"<b1", NpyType::boolean},
}};

/// The dictionary of a header: a Python literal with exactly the keys descr, fortran_order, shape.
class DictionaryParser {
  public:
    DictionaryParser(std::string_view text, const std::string& path) : text_(text), path_(path) {}

    void parse() {
        expect('{');
        while (!accept('}')) {
            parse_entry();
            if (accept(',')) continue;
            expect('}');
            break;
        }
        skip_spaces();
        if (!text_.empty()) fail("something after the dictionary");
        if (!descr || !fortran_order || !shape) fail("a missing key");
    }

    std::optional<std::string> descr;
    std::optional<bool> fortran_order;
    std::optional<std::vector<Index>> shape;

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw FormatError(path_ + ": damaged .npy header: " + what);
    }
    void skip_spaces() {
        const auto first = text_.find_first_not_of(" \n");
        text_.remove_prefix(first == std::string_view::npos ? text_.size() : first);
    }
    bool accept(char expected) {
        skip_spaces();
        if (text_.empty() || text_.front() != expected) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool accept(std::string_view word) {
        skip_spaces();
        if (!text_.starts_with(word)) return false;
        text_.remove_prefix(word.size());
        return true;
    }
    void expect(char expected) {
        if (!accept(expected)) fail(std::string("expected '") + expected + "'");
    }

    void parse_entry() {
        const std::string key = parse_string();
        expect(':');
        if (key == "descr" && !descr)
            parse_descr();
        else if (key == "fortran_order" && !fortran_order)
            fortran_order = parse_boolean();
        else if (key == "shape" && !shape)
            shape = parse_shape();
        else
            fail("unexpected key '" + key + "'");
    }
    void parse_descr() {
        if (accept('['))
            throw FormatError(path_ + ": a structured array; expected numbers of one type");
        descr = parse_string();
    }
    std::string parse_string() {
        skip_spaces();
        if (text_.empty() || (text_.front() != '\'' && text_.front() != '"'))
            fail("expected a quoted text");
        const auto end = text_.find(text_.front(), 1);
        if (end == std::string_view::npos) fail("a quote without its end");
        const std::string value(text_.substr(1, end - 1));
        text_.remove_prefix(end + 1);
        return value;
    }
    bool parse_boolean() {
        if (accept("True")) return true;
        if (accept("False")) return false;
        fail("fortran_order is neither True nor False");
    }
    std::vector<Index> parse_shape() {
        std::vector<Index> sizes;
        expect('(');
        while (!accept(')')) {
            sizes.push_back(parse_size());
            if (accept(',')) continue;
            expect(')');
            break;
        }
        return sizes;
    }
    Index parse_size() {
        skip_spaces();
        Index value = 0;
        const auto result = std::from_chars(text_.data(), text_.data() + text_.size(), value);
        if (result.ec != std::errc{} || value < 0) fail("a size that is not a number");
        text_.remove_prefix(static_cast<std::size_t>(result.ptr - text_.data()));
        return value;
    }

    std::string_view text_;
    const std::string& path_;
};

NpyType type_named(const std::string& descr, const std::string& path) {
    for (const auto& [name, type] : type_names)
        if (name == descr) return type;
    if (descr.starts_with('>')) throw FormatError(path + ": big-endian numbers ('" + descr + "')");
    throw FormatError(path + ": numbers of type '" + descr +
                      "'; expected float16, float32, float64, integers or bool");
}

struct Extent {
    std::size_t first = 0;
    std::size_t length = 0;
};

/// Where the dictionary lies: its length takes two bytes in version 1, four from version 2 on.
Extent dictionary_extent(std::string_view beginning, const std::string& path) {
    const auto byte = [&](std::size_t i) -> std::size_t {
        return static_cast<unsigned char>(beginning[i]);
    };
    if (beginning.empty()) throw FormatError(path + ": empty file");
    if (!beginning.starts_with(magic)) throw FormatError(path + ": not a .npy file");
    if (beginning.size() < magic.size() + 2) throw FormatError(path + ": truncated .npy header");
    const std::size_t version = byte(6);
    if (version < 1 || version > 3)
        throw FormatError(path + ": .npy format version " + std::to_string(version) +
                          "; expected 1, 2 or 3");
    Extent extent{version == 1 ? std::size_t{10} : std::size_t{12}, 0};
    if (beginning.size() < extent.first) throw FormatError(path + ": truncated .npy header");
    for (std::size_t i = extent.first; i > 8; --i)
        extent.length = extent.length * 256 + byte(i - 1);
    if (extent.length > beginning.size() - extent.first)
        throw FormatError(path + ": truncated .npy header");
    return extent;
}

}  // namespace

Index bytes_of(NpyType type) {
    switch (type) {
        case NpyType::int8:
        case NpyType::uint8:
        case NpyType::boolean:
            return 1;
        case NpyType::float16:
        case NpyType::int16:
        case NpyType::uint16:
            return 2;
        case NpyType::float32:
        case NpyType::int32:
        case NpyType::uint32:
            return 4;
        case NpyType::float64:
        case NpyType::int64:
        case NpyType::uint64:
            return 8;
    }
    return 8;
}

NpyHeader parse_npy_header(std::string_view beginning, const std::string& path) {
    const Extent extent = dictionary_extent(beginning, path);
    DictionaryParser dictionary(beginning.substr(extent.first, extent.length), path);
    dictionary.parse();
    if (*dictionary.fortran_order)
        throw FormatError(path + ": Fortran order; save numpy.ascontiguousarray(x) instead");
    const std::vector<Index>& shape = *dictionary.shape;
    constexpr std::size_t most_dimensions = 5;
    if (shape.empty() || shape.size() > most_dimensions)
        throw FormatError(path + ": an array of " + std::to_string(shape.size()) +
                          " dimensions; expected 1 to " + std::to_string(most_dimensions));
    NpyHeader header;
    header.type = type_named(*dictionary.descr, path);
    header.rows = shape[0];
    header.columns = 1;
    for (std::size_t axis = 1; axis < shape.size(); ++axis)
        if (__builtin_mul_overflow(header.columns, shape[axis], &header.columns))
            throw FormatError(path + ": an array of more numbers than memory has addresses");
    header.shape = shape;
    header.data_position = static_cast<Index>(extent.first + extent.length);
    if (header.rows == 0 || header.columns == 0)
        throw FormatError(path + ": an empty array of " + std::to_string(header.rows) + " x " +
                          std::to_string(header.columns));
    return header;
}

std::string npy_header(std::string_view descr, Index rows, Index columns) {
    constexpr std::size_t fixed = 10;
    std::string dictionary = "{'descr': '" + std::string(descr) +
                             "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                             std::to_string(columns) + "), }";
    while ((fixed + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
    dictionary += '\n';
    std::string header(magic);
    header += {'\x01', '\x00'};
    header +=
        {static_cast<char>(dictionary.size() % 256), static_cast<char>(dictionary.size() / 256)};
    return header + dictionary;
}

}  // namespace sketchntk
