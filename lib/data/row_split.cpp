#include "data/column_plan.hpp"
#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/data_source.hpp>
#include <sketchntk/data/row_split.hpp>

namespace sketchntk {
namespace {

// "SPLT": far from the small numbers of the operators that may be drawn from the same seed.
constexpr std::uint32_t split_stream = 0x53504C54;

std::string rows_text(std::size_t rows) {
    return std::to_string(rows) + " rows";
}

std::vector<bool> read_mask(const std::string& path, Index column) {
    const std::unique_ptr<RowReader> reader = open_rows({.path = path});
    const FileColumns columns{path, reader->schema().input_count(), {}};
    const Index chosen = require_column(columns, std::to_string(column), "mask column");
    std::vector<bool> mask;
    Batch batch;
    while (reader->read(4096, batch)) {
        const Matrix<double> cells = batch.dense_inputs();
        for (Index i = 0; i < cells.rows(); ++i) {
            const double cell = cells(i, chosen);
            if (cell != 0 && cell != 1)
                throw FormatError(path + ": row " + std::to_string(mask.size() + 1) + ", column " +
                                  std::to_string(chosen + 1) + ": expected 0 or 1, got " +
                                  number_text(cell));
            mask.push_back(cell == 1);
        }
    }
    return mask;
}

}  // namespace

RowSplit RowSplit::fraction(double fraction, Seed seed) {
    if (!(fraction > 0 && fraction < 1))
        throw InvalidArgument("test fraction: expected a number between 0 and 1, got " +
                              number_text(fraction));
    RowSplit split;
    split.fraction_ = fraction;
    split.uniforms_ = RandomStream(seed, split_stream);
    return split;
}

RowSplit RowSplit::mask_file(const std::string& path, Index column) {
    RowSplit split;
    split.mask_ = std::make_shared<const Mask>(Mask{path, read_mask(path, column)});
    return split;
}

bool RowSplit::is_test(Index row) const {
    if (!mask_) return fraction_ > 0 && uniforms_.uniform(row, 0) < fraction_;
    const auto number = static_cast<std::size_t>(row);
    if (number >= mask_->is_test.size())
        throw DimensionMismatch(mask_->path + ": expected one row for each row of the data, got " +
                                rows_text(mask_->is_test.size()) + " for data with at least " +
                                rows_text(number + 1));
    return mask_->is_test[number];
}

void RowSplit::check_row_count(Index rows) const {
    if (!mask_ || static_cast<std::size_t>(rows) == mask_->is_test.size()) return;
    throw DimensionMismatch(mask_->path + ": expected one row for each row of the data, got " +
                            rows_text(mask_->is_test.size()) + " for data with " +
                            rows_text(static_cast<std::size_t>(rows)));
}

}  // namespace sketchntk
