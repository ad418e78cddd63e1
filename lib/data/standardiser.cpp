#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/standardiser.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

namespace sketchntk {
namespace {

std::string label(const std::string& name) {
    return "column " + in_quotes(name);
}

/// Calls `visit(row, number)` for the rows of a batch, written out one at a time.
template <typename Visit>
void for_each_row(const Batch& batch, const Visit& visit) {
    const auto* sparse = std::get_if<SparseRows>(&batch.inputs);
    std::vector<double> written(sparse ? static_cast<std::size_t>(sparse->columns) : 0);
    for (Index i = 0; i < batch.rows(); ++i) {
        if (sparse) {
            sparse->write_row(i, written);
            visit(std::span<const double>(written), i);
        } else {
            visit(std::get<Matrix<double>>(batch.inputs).row(i), i);
        }
    }
}

}  // namespace

Standardiser::Standardiser(std::vector<std::string> column_names, Index channels)
    : names_(std::move(column_names)), moments_(names_.size()), channels_(channels) {
    if (channels < 0 || (channels > 0 && input_columns() % channels != 0))
        throw InvalidArgument("standardiser: expected as many values of each channel, got " +
                              std::to_string(input_columns()) + " columns of " +
                              std::to_string(channels) + " channels");
}

Standardiser Standardiser::of_rows(const RowReader& rows) {
    const std::vector<Index> shape = rows.image_shape();
    return Standardiser(rows.schema().input_names(), shape.empty() ? 0 : shape.back());
}

Standardiser Standardiser::identity(std::vector<std::string> column_names) {
    const std::size_t count = column_names.size();
    std::vector<Index> all(count);
    std::iota(all.begin(), all.end(), Index{0});
    return from_values(std::move(column_names), std::move(all), std::vector<double>(count, 0.0),
                       std::vector<double>(count, 1.0));
}

Standardiser Standardiser::from_values(std::vector<std::string> column_names,
                                       std::vector<Index> kept_columns, std::vector<double> means,
                                       std::vector<double> scales) {
    Standardiser result(std::move(column_names));
    if (means.size() != kept_columns.size() || scales.size() != kept_columns.size())
        throw InvalidArgument("standardiser: expected a mean and a scale for each of " +
                              std::to_string(kept_columns.size()) + " columns, got " +
                              std::to_string(means.size()) + " and " +
                              std::to_string(scales.size()));
    Index previous = -1;
    for (std::size_t k = 0; k < kept_columns.size(); ++k) {
        if (kept_columns[k] <= previous || kept_columns[k] >= result.input_columns())
            throw InvalidArgument("standardiser: expected ascending columns below " +
                                  std::to_string(result.input_columns()) + ", got " +
                                  std::to_string(kept_columns[k]));
        previous = kept_columns[k];
        if (!std::isfinite(means[k]) || !std::isfinite(scales[k]) || scales[k] <= 0)
            throw InvalidArgument(
                "standardiser: expected a finite mean and a positive scale, got " +
                number_text(means[k]) + " and " + number_text(scales[k]));
    }
    result.moments_.clear();
    result.finished_ = true;
    result.kept_columns_ = std::move(kept_columns);
    result.means_ = std::move(means);
    result.scales_ = std::move(scales);
    result.note_identity();
    return result;
}

void Standardiser::note_identity() {
    const auto all = [](const std::vector<double>& values, double value) {
        return std::all_of(values.begin(), values.end(), [=](double v) { return v == value; });
    };
    identity_ = output_columns() == input_columns() && all(means_, 0) && all(scales_, 1);
}

void Standardiser::check_columns(Index columns) const {
    if (columns != input_columns())
        throw DimensionMismatch("standardiser: expected " + std::to_string(input_columns()) +
                                " input columns, got " + std::to_string(columns));
}

void Standardiser::check_learning() const {
    if (finished_)
        throw InvalidArgument("standardiser: expected rows before finish(), got them after it");
}

void Standardiser::add(const Batch& batch) {
    check_learning();
    check_columns(batch.columns());
    for_each_row(batch, [&](std::span<const double> row, Index i) {
        if (batch.weight(i) > 0) add_row(row, batch.weight(i));
    });
}

void Standardiser::add_row(std::span<const double> row, double weight) {
    const bool first = rows_ == 0;
    ++rows_;
    weight_ += weight;
    const double share = weight / weight_;
    for (std::size_t j = 0; j < row.size(); ++j) {
        Moments& moments = moments_[j];
        const double deviation = row[j] - moments.mean;
        moments.mean += deviation * share;
        moments.squares += weight * deviation * (row[j] - moments.mean);
        moments.smallest = first ? row[j] : std::min(moments.smallest, row[j]);
        moments.largest = first ? row[j] : std::max(moments.largest, row[j]);
    }
}

Standardiser::LearningState Standardiser::learning_state() const {
    check_learning();
    LearningState state{rows_, weight_, Matrix<double>(input_columns(), 4)};
    for (Index j = 0; j < input_columns(); ++j) {
        const Moments& of_column = moments_[static_cast<std::size_t>(j)];
        const std::array values{of_column.mean, of_column.squares, of_column.smallest,
                                of_column.largest};
        std::copy(values.begin(), values.end(), state.moments.row(j).begin());
    }
    return state;
}

Standardiser Standardiser::resumed(std::vector<std::string> column_names, Index channels,
                                   const LearningState& state) {
    Standardiser result(std::move(column_names), channels);
    if (state.moments.rows() != result.input_columns() || state.moments.columns() != 4)
        throw DimensionMismatch("standardiser: expected " + std::to_string(result.input_columns()) +
                                " x 4 learnt numbers, got " + std::to_string(state.moments.rows()) +
                                " x " + std::to_string(state.moments.columns()));
    result.rows_ = state.rows;
    result.weight_ = state.weight;
    for (Index j = 0; j < result.input_columns(); ++j)
        result.moments_[static_cast<std::size_t>(j)] = {.mean = state.moments(j, 0),
                                                        .squares = state.moments(j, 1),
                                                        .smallest = state.moments(j, 2),
                                                        .largest = state.moments(j, 3)};
    return result;
}

void Standardiser::merge(const Standardiser& other) {
    check_learning();
    other.check_learning();
    check_columns(other.input_columns());
    if (other.channels_ != channels_)
        throw InvalidArgument("standardiser: expected images of " + std::to_string(channels_) +
                              " channels, got " + std::to_string(other.channels_));
    if (other.rows_ == 0) return;
    if (rows_ == 0) {
        rows_ = other.rows_;
        weight_ = other.weight_;
        moments_ = other.moments_;
        return;
    }
    const double share = other.weight_ / (weight_ + other.weight_);
    for (std::size_t j = 0; j < moments_.size(); ++j) {
        const Moments& added = other.moments_[j];
        Moments& moments = moments_[j];
        const double difference = added.mean - moments.mean;
        moments.mean += difference * share;
        moments.squares += added.squares + difference * difference * weight_ * share;
        moments.smallest = std::min(moments.smallest, added.smallest);
        moments.largest = std::max(moments.largest, added.largest);
    }
    rows_ += other.rows_;
    weight_ += other.weight_;
}

Standardiser::Moments Standardiser::of_channel(Index channel) const {
    const double pixels = static_cast<double>(input_columns() / channels_);
    Moments all = moments_[static_cast<std::size_t>(channel)];
    all.mean = 0;
    all.squares = 0;
    for (Index j = channel; j < input_columns(); j += channels_)
        all.mean += moments_[static_cast<std::size_t>(j)].mean / pixels;
    for (Index j = channel; j < input_columns(); j += channels_) {
        const Moments& pixel = moments_[static_cast<std::size_t>(j)];
        const double from_mean = pixel.mean - all.mean;
        all.squares += pixel.squares + from_mean * from_mean * weight_;
        all.smallest = std::min(all.smallest, pixel.smallest);
        all.largest = std::max(all.largest, pixel.largest);
    }
    return all;
}

double Standardiser::scale_of(const Moments& moments, double count, Index column) const {
    constexpr double smallest_relative_scale = 1e-12;
    const double magnitude = std::max(std::abs(moments.smallest), std::abs(moments.largest));
    const double scale = std::sqrt(moments.squares / count);
    if (!std::isfinite(moments.mean) || !std::isfinite(scale))
        throw NumericalError("standardiser: " + label(names_[static_cast<std::size_t>(column)]) +
                             ": expected values with a finite variance, got some up to " +
                             number_text(magnitude) + "; rescale the column");
    const bool constant =
        moments.smallest == moments.largest || scale <= smallest_relative_scale * magnitude;
    return constant ? 0 : scale;
}

void Standardiser::keep_varying_columns() {
    for (Index j = 0; j < input_columns(); ++j) {
        const Moments& moments = moments_[static_cast<std::size_t>(j)];
        const double scale = scale_of(moments, weight_, j);
        if (scale == 0) continue;
        kept_columns_.push_back(j);
        means_.push_back(moments.mean);
        scales_.push_back(scale);
    }
}

void Standardiser::keep_channels() {
    kept_columns_.resize(names_.size());
    std::iota(kept_columns_.begin(), kept_columns_.end(), Index{0});
    means_.resize(names_.size());
    scales_.resize(names_.size());
    bool varies = false;
    const double pixels = static_cast<double>(input_columns() / channels_);
    for (Index c = 0; c < channels_; ++c) {
        const Moments moments = of_channel(c);
        const double scale = scale_of(moments, weight_ * pixels, c);
        varies |= scale > 0;
        for (Index j = c; j < input_columns(); j += channels_) {
            means_[static_cast<std::size_t>(j)] = moments.mean;
            scales_[static_cast<std::size_t>(j)] = scale > 0 ? scale : 1;
        }
    }
    if (!varies) kept_columns_.clear();
}

void Standardiser::finish() {
    check_learning();
    if (rows_ == 0) throw InvalidArgument("standardiser: expected at least one row, got none");
    if (channels_ > 0)
        keep_channels();
    else
        keep_varying_columns();
    if (kept_columns_.empty())
        throw InvalidArgument("standardiser: expected an input column that varies, got " +
                              std::to_string(input_columns()) + " constant ones in " +
                              std::to_string(rows_) + " rows");
    moments_.clear();
    channels_ = 0;
    finished_ = true;
    note_identity();
}

std::vector<Index> Standardiser::constant_columns() const {
    std::vector<Index> constant;
    for (Index j = 0; j < input_columns(); ++j)
        if (!std::binary_search(kept_columns_.begin(), kept_columns_.end(), j))
            constant.push_back(j);
    return constant;
}

Matrix<float> Standardiser::apply(const Batch& batch) const {
    if (!finished_)
        throw InvalidArgument("standardiser: expected finish() before apply(), got it unfinished");
    check_columns(batch.columns());
    Matrix<float> out(batch.rows(), output_columns());
    for_each_row(batch, [&](std::span<const double> row, Index i) {
        standardise_row(row, out.row(i), batch.first_row + i);
    });
    return out;
}

void Standardiser::standardise_row(std::span<const double> row, std::span<float> out,
                                   Index number) const {
    bool finite = true;
    for (std::size_t k = 0; k < out.size(); ++k) {
        const double value = row[static_cast<std::size_t>(kept_columns_[k])];
        out[k] = static_cast<float>((value - means_[k]) / scales_[k]);
        finite &= std::isfinite(out[k]);
    }
    if (!finite) refuse_value(row, number);
}

void Standardiser::refuse_value(std::span<const double> row, Index number) const {
    for (std::size_t k = 0; k < kept_columns_.size(); ++k) {
        const auto column = static_cast<std::size_t>(kept_columns_[k]);
        const double result = (row[column] - means_[k]) / scales_[k];
        if (std::isfinite(static_cast<float>(result))) continue;
        throw NumericalError("row " + std::to_string(number + 1) + ", " + label(names_[column]) +
                             ": expected a standardised value within float32, got " +
                             number_text(result));
    }
    throw NumericalError("row " + std::to_string(number + 1) + ": not finite");
}

}  // namespace sketchntk
