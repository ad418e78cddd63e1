#pragma once

#include "data_options.hpp"
#include "map_options.hpp"

#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/row_reader.hpp>
#include <sketchntk/kernels/network_shape.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sketchntk::tools {

/// What `kernel` is given.
struct KernelArguments {
    DataOptions data;
    std::string data2;
    std::string rows2;
    KernelOptions kernel;
    RunOptions run;
    std::string precision = "f32";
    bool standardise = false;
    std::string image;
    std::string out;
    bool plan = false;

    [[nodiscard]] bool wide() const { return precision == "f64"; }
};

/// The rows of --data and, where it is given, of --data2.
template <typename T>
struct KernelRows {
    Matrix<T> x;
    std::optional<Matrix<T>> y;

    /// Kernel(leading arguments, x) or, of two files, Kernel(leading arguments, x, y).
    template <typename Kernel, typename... Leading>
    [[nodiscard]] std::unique_ptr<const Kernel> kernel(const Leading&... leading) const {
        return y ? std::make_unique<const Kernel>(leading..., x.view(), y->view())
                 : std::make_unique<const Kernel>(leading..., x.view());
    }
};

/// The data of `kernel`, opened and counted.
class KernelInputs {
  public:
    explicit KernelInputs(const KernelArguments& arguments);

    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index columns() const { return columns_; }
    /// Whether both sides are the rows of --data.
    [[nodiscard]] bool symmetric() const { return !second_; }
    /// Rows of --data2.
    [[nodiscard]] Index other_rows() const { return second_ ? columns_ : 0; }
    /// Inputs of each row.
    [[nodiscard]] Index width() const { return first_->schema().input_count(); }
    /// Pixels of each row: those of --image, or else what the data says; empty for other rows.
    [[nodiscard]] const ImageShape& pixels() const { return pixels_; }
    [[nodiscard]] Index channels() const { return width() / pixel_count(pixels_); }

    /// Reads all rows. Holds them once, and a batch.
    template <typename T>
    [[nodiscard]] KernelRows<T> load() const;
    /// The first rows of --data, at most `count`, as they are.
    template <typename T>
    [[nodiscard]] KernelRows<T> first_rows(Index count) const;

  private:
    bool standardise_;
    std::unique_ptr<RowReader> first_;
    std::unique_ptr<RowReader> second_;  ///< null without --data2
    Index rows_ = 0;
    Index columns_ = 0;
    ImageShape pixels_;
};

}  // namespace sketchntk::tools
