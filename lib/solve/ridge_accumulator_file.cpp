#include <sketchntk/core/error.hpp>
#include <sketchntk/data/container.hpp>
#include <sketchntk/solve/ridge_accumulator.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>
#include <variant>

namespace sketchntk {

namespace {

constexpr const char* file_kind = "ridge accumulator";
// 2: weights, and waiting rows multiplied by their roots. In 1 all weights are 1, and the features
// of waiting rows are float32. 3: no Gram before the first rows are in the sums.
constexpr std::uint32_t file_version = 3;

Matrix<double> copy(MatrixView<const double> from) {
    Matrix<double> to(from.rows(), from.columns());
    for (Index i = 0; i < from.rows(); ++i)
        std::copy(from.row(i).begin(), from.row(i).end(), to.row(i).begin());
    return to;
}

// Moves an array out of `file`: a Gram is too large to hold twice.
template <typename T>
Matrix<T> take(Container& file, const std::string& name, Index rows, Index columns) {
    for (ContainerArray& array : file.arrays) {
        auto* matrix = std::get_if<Matrix<T>>(&array.values);
        if (array.name != name || matrix == nullptr) continue;
        if (matrix->rows() == rows && matrix->columns() == columns) return std::move(*matrix);
        throw FormatError("array " + name + ": expected " + std::to_string(rows) + " x " +
                          std::to_string(columns) + ", got " + std::to_string(matrix->rows()) +
                          " x " + std::to_string(matrix->columns()));
    }
    throw FormatError("array " + name + " is missing");
}

struct Header {
    Index features;
    Index targets;
    Index rows;
    double weight;
    Index pending;
};

Header parse_header(const std::string& text) {
    try {
        const auto json = nlohmann::json::parse(text);
        const Header header{json.at("features").get<Index>(), json.at("targets").get<Index>(),
                            json.at("rows").get<Index>(),
                            json.value("weight", json.at("rows").get<double>()),
                            json.at("pending").get<Index>()};
        if (json.at("chunk_rows").get<Index>() != RowChunk::capacity)
            throw FormatError("header: made with another chunk size than this build's " +
                              std::to_string(RowChunk::capacity));
        if (header.features < 1 || header.targets < 0 || header.rows < 0 || !(header.weight >= 0) ||
            header.pending < 0 || header.pending >= RowChunk::capacity)
            throw FormatError("header: a count is out of range: " + text);
        return header;
    } catch (const nlohmann::json::exception& error) {
        throw FormatError(std::string("header: ") + error.what());
    }
}

}  // namespace

Container RidgeAccumulator::to_container() const {
    const nlohmann::json header = {
        {"features", feature_count()}, {"targets", target_count()},
        {"rows", statistics_.rows},    {"weight", statistics_.weight},
        {"pending", chunk_.rows()},    {"chunk_rows", RowChunk::capacity}};
    Matrix<double> targets(2, target_count());
    std::copy(statistics_.target_sums.begin(), statistics_.target_sums.end(),
              targets.row(0).begin());
    std::copy(statistics_.target_squares.begin(), statistics_.target_squares.end(),
              targets.row(1).begin());
    return {file_kind,
            file_version,
            header.dump(),
            {{"gram", statistics_.gram},
             {"cross", statistics_.cross},
             {"targets", std::move(targets)},
             {"pending_features", copy(chunk_.features())},
             {"pending_targets", copy(chunk_.targets_and_one())}}};
}

void RidgeAccumulator::save(const std::string& path) const {
    write_container(path, to_container());
}

std::string RidgeAccumulator::to_bytes() const {
    return container_bytes(to_container());
}

RidgeAccumulator RidgeAccumulator::load(const std::string& path) {
    return from_container(path, read_container(path, file_kind, file_version));
}

RidgeAccumulator RidgeAccumulator::from_bytes(std::span<const std::byte> bytes) {
    return from_container(file_kind, read_container(file_kind, bytes, file_kind, file_version));
}

RidgeAccumulator RidgeAccumulator::from_container(const std::string& name, Container file) {
    try {
        const auto [m, t, rows, weight, pending] = parse_header(file.header);
        const auto targets = take<double>(file, "targets", 2, t);
        const Index gram_edge = rows > 0 || file.version < 3 ? m : 0;
        RidgeAccumulator result(RidgeStatistics{rows,
                                                weight,
                                                take<double>(file, "gram", gram_edge, gram_edge),
                                                take<double>(file, "cross", m, t + 1),
                                                {targets.row(0).begin(), targets.row(0).end()},
                                                {targets.row(1).begin(), targets.row(1).end()}});
        if (file.version == 1)
            result.add(take<float>(file, "pending_features", pending, m),
                       take<double>(file, "pending_targets", pending, t), Execution{1});
        else
            result.chunk_.append_weighted(take<double>(file, "pending_features", pending, m),
                                          take<double>(file, "pending_targets", pending, t + 1));
        return result;
    } catch (const FormatError& error) {
        throw FormatError(name + ": " + error.what());
    }
}

}  // namespace sketchntk
