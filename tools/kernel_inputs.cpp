#include "kernel_inputs.hpp"

#include "rows_in_memory.hpp"

#include <sketchntk/core/error.hpp>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace sketchntk::tools {

namespace {

template <typename T>
Matrix<T> converted(const Matrix<float>& rows) {
    Matrix<T> result(rows.rows(), rows.columns());
    std::copy_n(rows.data(), rows.rows() * rows.columns(), result.data());
    return result;
}

ImageShape parse_pixels(std::string_view text) {
    constexpr std::size_t most_axes = 3;
    constexpr Index most_pixels = 1'000'000;
    ImageShape pixels;
    const char* position = text.data();
    const char* const end = position + text.size();
    while (pixels.size() < most_axes) {
        Index count = 0;
        const auto [next, error] = std::from_chars(position, end, count);
        if (error != std::errc{} || count < 1 || count > most_pixels) break;
        pixels.push_back(count);
        if (next == end) return pixels;
        if (*next != 'x') break;
        position = next + 1;
    }
    throw InvalidArgument("image: expected pixels along one to three axes, e.g. 32x32, got '" +
                          std::string(text) + "'");
}

}  // namespace

KernelInputs::KernelInputs(const KernelArguments& arguments)
    : standardise_(arguments.standardise), first_(open_rows(arguments.data.source())) {
    if (!arguments.data2.empty())
        second_ =
            open_rows(arguments.data.source(arguments.data2, arguments.rows2), first_->schema());
    rows_ = count_rows(*first_);
    columns_ = second_ ? count_rows(*second_) : rows_;
    pixels_ = arguments.image.empty() ? first_->image_pixels() : parse_pixels(arguments.image);
}

template <typename T>
KernelRows<T> KernelInputs::load() const {
    std::optional<Standardiser> standardiser;
    if (standardise_)
        standardiser = learn_standardiser(*first_, Standardiser(first_->schema().input_names(),
                                                                pixels_.empty() ? 0 : channels()));
    const auto inputs = [&](RowReader& reader) {
        return standardiser ? converted<T>(load_rows(reader, *standardiser).inputs)
                            : load_rows<T>(reader).inputs;
    };
    KernelRows<T> rows{inputs(*first_), std::nullopt};
    if (second_) rows.y = inputs(*second_);
    return rows;
}

template <typename T>
KernelRows<T> KernelInputs::first_rows(Index count) const {
    Batch batch;
    first_->rewind();
    static_cast<void>(first_->read(count, batch));
    first_->rewind();
    const Matrix<double> inputs = batch.dense_inputs();
    Matrix<T> x(inputs.rows(), inputs.columns());
    std::transform(inputs.data(), inputs.data() + inputs.rows() * inputs.columns(), x.data(),
                   [](double value) { return static_cast<T>(value); });
    return {std::move(x), std::nullopt};
}

template KernelRows<float> KernelInputs::load() const;
template KernelRows<double> KernelInputs::load() const;
template KernelRows<float> KernelInputs::first_rows(Index count) const;
template KernelRows<double> KernelInputs::first_rows(Index count) const;

}  // namespace sketchntk::tools
