#include <sketchntk/data/batch.hpp>

#include <algorithm>
#include <numeric>

namespace sketchntk {
namespace {

Matrix<double> written_out(const SparseRows& sparse) {
    Matrix<double> dense(sparse.rows(), sparse.columns);
    for (Index i = 0; i < sparse.rows(); ++i) sparse.write_row(i, dense.row(i));
    return dense;
}

}  // namespace

void SparseRows::write_row(Index i, std::span<double> out) const {
    std::fill(out.begin(), out.end(), 0.0);
    const auto row = static_cast<std::size_t>(i);
    const auto end = static_cast<std::size_t>(row_starts[row + 1]);
    for (auto k = static_cast<std::size_t>(row_starts[row]); k < end; ++k)
        out[static_cast<std::size_t>(column_numbers[k])] = values[k];
}

Index Batch::rows() const {
    if (const auto* sparse = std::get_if<SparseRows>(&inputs)) return sparse->rows();
    return std::get<Matrix<double>>(inputs).rows();
}

Index Batch::columns() const {
    if (const auto* sparse = std::get_if<SparseRows>(&inputs)) return sparse->columns;
    return std::get<Matrix<double>>(inputs).columns();
}

Matrix<double> Batch::dense_inputs() const {
    if (const auto* sparse = std::get_if<SparseRows>(&inputs)) return written_out(*sparse);
    return std::get<Matrix<double>>(inputs);
}

Index Schema::input_count() const {
    return std::accumulate(
        inputs.begin(), inputs.end(), Index{0},
        [](Index sum, const InputColumn& column) { return sum + column.input_count(); });
}

std::vector<std::string> Schema::input_names() const {
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(input_count()));
    for (const InputColumn& column : inputs) {
        if (column.categories.empty()) names.push_back(column.name);
        for (const std::string& value : column.categories)
            names.push_back(column.name + "=" + value);
    }
    return names;
}

}  // namespace sketchntk
