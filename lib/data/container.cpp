#include "data/container_description.hpp"
#include "data/input_file.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/atomic_file.hpp>
#include <sketchntk/data/container.hpp>

#include <xxhash.h>

#include <algorithm>
#include <array>

namespace sketchntk {

namespace {

constexpr Index array_alignment = 64;

Index align(Index position) {
    return (position + array_alignment - 1) / array_alignment * array_alignment;
}

template <typename T>
std::span<const std::byte> bytes_of(const Matrix<T>& matrix) {
    return std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.rows()) *
                                                      static_cast<std::size_t>(matrix.columns())));
}

std::uint64_t checksum(std::span<const std::byte> bytes) {
    return XXH3_64bits(bytes.data(), bytes.size());
}

template <typename T>
const Matrix<T>& find_array(const Container& container, const std::string& name,
                            const char* scalar) {
    for (const ContainerArray& array : container.arrays) {
        if (array.name != name) continue;
        if (const auto* matrix = std::get_if<Matrix<T>>(&array.values)) return *matrix;
        throw FormatError("array '" + name + "' does not hold " + scalar);
    }
    throw FormatError("no array '" + name + "'");
}

ContainerDescription describe(const Container& container) {
    ContainerDescription description{container.kind, container.version, container.header, {}};
    for (const ContainerArray& array : container.arrays)
        description.arrays.push_back(std::visit(
            [&](const auto& matrix) {
                using Scalar = std::remove_cvref_t<decltype(matrix(0, 0))>;
                return ArrayDescription{array.name, std::is_same_v<Scalar, double>, matrix.rows(),
                                        matrix.columns(), checksum(bytes_of(matrix))};
            },
            array.values));
    return description;
}

void require_zero_padding(const InputFile& file, Index first, Index end) {
    std::array<std::byte, array_alignment> padding{};
    const auto used = std::span(padding).first(static_cast<std::size_t>(end - first));
    file.read_at(first, used);
    if (std::any_of(used.begin(), used.end(), [](std::byte byte) { return byte != std::byte{0}; }))
        throw FormatError(file.path() + ": damaged: bytes " + std::to_string(first) + " to " +
                          std::to_string(end) + " should be zero");
}

template <typename T>
Matrix<T> read_matrix(const InputFile& file, Index position, const ArrayDescription& array) {
    Matrix<T> matrix(array.rows, array.columns);
    const std::size_t count = static_cast<std::size_t>(matrix.rows() * matrix.columns());
    file.read_at(position, std::as_writable_bytes(std::span(matrix.data(), count)));
    if (checksum(bytes_of(matrix)) != array.checksum)
        throw FormatError(file.path() + ": damaged: wrong checksum of array '" + array.name + "'");
    return matrix;
}

/// Throws unless the arrays fill the file exactly; afterwards no size can overflow.
void require_exact_length(const InputFile& file, Index description_end,
                          const ContainerDescription& description) {
    Index end = description_end;
    for (const ArrayDescription& array : description.arrays) {
        Index bytes = 0;
        if (array.rows < 0 || array.columns < 0 ||
            __builtin_mul_overflow(array.rows, array.columns, &bytes) ||
            __builtin_mul_overflow(bytes, array.scalar_bytes(), &bytes) ||
            __builtin_add_overflow(align(end), bytes, &end) || end > file.size())
            throw FormatError(file.path() + ": truncated or damaged: array '" + array.name +
                              "' of " + std::to_string(array.rows) + " x " +
                              std::to_string(array.columns) + " does not fit into a file of " +
                              std::to_string(file.size()) + " bytes");
    }
    if (end != file.size())
        throw FormatError(file.path() + ": damaged: expected " + std::to_string(end) +
                          " bytes, got " + std::to_string(file.size()));
}

void require_kind(const std::string& path, const ContainerDescription& description,
                  const std::string& kind, std::uint32_t newest_version) {
    if (description.kind != kind)
        throw FormatError(path + ": expected a file of kind '" + kind + "', got '" +
                          description.kind + "'");
    if (description.version < 1 || description.version > newest_version)
        throw FormatError(path + ": " + kind + " version " + std::to_string(description.version) +
                          "; this build reads versions 1 to " + std::to_string(newest_version));
}

void require_distinct_names(const Container& container) {
    std::vector<std::string> names;
    for (const ContainerArray& array : container.arrays) names.push_back(array.name);
    std::sort(names.begin(), names.end());
    const auto twice = std::adjacent_find(names.begin(), names.end());
    if (twice != names.end())
        throw InvalidArgument("container: two arrays have the name '" + *twice + "'");
}

/// Calls `write` with the bytes of the file, part after part.
template <typename Write>
void write_parts(const Container& container, const Write& write) {
    const std::string beginning = encode(describe(container));
    write(std::as_bytes(std::span(beginning)));
    constexpr std::array<std::byte, array_alignment> zeros{};
    Index end = static_cast<Index>(beginning.size());
    for (const ContainerArray& array : container.arrays) {
        const auto bytes =
            std::visit([](const auto& matrix) { return bytes_of(matrix); }, array.values);
        write(std::span(zeros).first(static_cast<std::size_t>(align(end) - end)));
        write(bytes);
        end = align(end) + static_cast<Index>(bytes.size());
    }
}

Container read_file(const InputFile& file, const std::string& kind, std::uint32_t newest_version) {
    Index end = 0;
    const ContainerDescription description = read_description(file, end);
    require_kind(file.path(), description, kind, newest_version);
    require_exact_length(file, end, description);
    Container container{description.kind, description.version, description.header, {}};
    for (const ArrayDescription& array : description.arrays) {
        const Index first = align(end);
        require_zero_padding(file, end, first);
        if (array.is_float64)
            container.arrays.push_back({array.name, read_matrix<double>(file, first, array)});
        else
            container.arrays.push_back({array.name, read_matrix<float>(file, first, array)});
        end = first + array.rows * array.columns * array.scalar_bytes();
    }
    return container;
}

}  // namespace

const Matrix<double>& Container::float64_array(const std::string& name) const {
    return find_array<double>(*this, name, "float64");
}

const Matrix<float>& Container::float32_array(const std::string& name) const {
    return find_array<float>(*this, name, "float32");
}

void write_container(const std::string& path, const Container& container) {
    require_distinct_names(container);
    AtomicFile file(path);
    write_parts(container, [&](std::span<const std::byte> bytes) { file.write(bytes); });
    file.commit();
}

std::string container_bytes(const Container& container) {
    require_distinct_names(container);
    std::string result;
    write_parts(container, [&](std::span<const std::byte> bytes) {
        result.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    return result;
}

Container read_container(const std::string& path, const std::string& kind,
                         std::uint32_t newest_version) {
    return read_file(InputFile(path), kind, newest_version);
}

Container read_container(const std::string& name, std::span<const std::byte> bytes,
                         const std::string& kind, std::uint32_t newest_version) {
    return read_file(InputFile(name, bytes), kind, newest_version);
}

ContainerSummary summarise_container(const std::string& path) {
    const InputFile file(path);
    Index end = 0;
    const ContainerDescription description = read_description(file, end);
    require_exact_length(file, end, description);
    ContainerSummary summary{
        description.kind, description.version, description.header, {}, file.size()};
    for (const ArrayDescription& array : description.arrays)
        summary.arrays.push_back({array.name, array.is_float64, array.rows, array.columns});
    return summary;
}

}  // namespace sketchntk
