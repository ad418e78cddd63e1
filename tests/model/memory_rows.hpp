#pragma once

#include <sketchntk/core/random.hpp>
#include <sketchntk/data/row_reader.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

/// A data set in memory, behind the interface of the readers.
class MemoryRows final : public sketchntk::RowReader {
  public:
    MemoryRows(sketchntk::Matrix<double> inputs, sketchntk::Matrix<double> targets)
        : inputs_(std::move(inputs)), targets_(std::move(targets)) {
        for (sketchntk::Index j = 0; j < inputs_.columns(); ++j)
            schema_.inputs.push_back({"x" + std::to_string(j + 1), {}});
        for (sketchntk::Index j = 0; j < targets_.columns(); ++j)
            schema_.targets.push_back("y" + std::to_string(j + 1));
    }

    const sketchntk::Schema& schema() const override { return schema_; }

    bool read(sketchntk::Index most_rows, sketchntk::Batch& batch) override {
        const sketchntk::Index count = std::min(most_rows, inputs_.rows() - next_);
        batch.first_row = next_;
        batch.inputs = copied(inputs_, count);
        batch.targets = copied(targets_, count);
        batch.weights.clear();
        for (sketchntk::Index i = next_; weight_ && i < next_ + count; ++i)
            batch.weights.push_back(weight_(i));
        next_ += count;
        return count > 0;
    }

    void rewind() override { next_ = 0; }
    std::optional<sketchntk::Index> row_count() const override { return inputs_.rows(); }
    std::vector<sketchntk::Index> image_shape() const override { return image_shape_; }
    /// From now on rows are images: pixels along each axis and, last, channels.
    void set_image_shape(std::vector<sketchntk::Index> shape) { image_shape_ = std::move(shape); }

    /// From now on row i has the weight of its number.
    void set_weights(std::function<double(sketchntk::Index)> weight) {
        weight_ = std::move(weight);
    }

    /// All rows at once.
    sketchntk::Batch all() {
        rewind();
        sketchntk::Batch batch;
        static_cast<void>(read(inputs_.rows(), batch));
        rewind();
        return batch;
    }

    /// The targets of all rows.
    const sketchntk::Matrix<double>& targets() const { return targets_; }

  private:
    sketchntk::Matrix<double> copied(const sketchntk::Matrix<double>& source,
                                     sketchntk::Index count) const {
        sketchntk::Matrix<double> rows(count, source.columns());
        std::copy_n(source.data() + next_ * source.columns(), count * source.columns(),
                    rows.data());
        return rows;
    }

    sketchntk::Matrix<double> inputs_;
    sketchntk::Matrix<double> targets_;
    sketchntk::Schema schema_;
    std::function<double(sketchntk::Index)> weight_;
    std::vector<sketchntk::Index> image_shape_;
    sketchntk::Index next_ = 0;
};

/// Normal inputs of different scales, and smooth targets of them with a little noise.
inline MemoryRows smooth_problem(sketchntk::Index rows, sketchntk::Index columns,
                                 sketchntk::Index targets, std::uint64_t seed) {
    const sketchntk::RandomStream stream(sketchntk::Seed{seed}, 0);
    sketchntk::Matrix<double> x(rows, columns);
    sketchntk::Matrix<double> y(rows, targets);
    std::vector<float> normals(static_cast<std::size_t>(columns + targets));
    for (sketchntk::Index i = 0; i < rows; ++i) {
        stream.fill_normal(i, 0, normals);
        for (sketchntk::Index j = 0; j < columns; ++j)
            x(i, j) = static_cast<double>(normals[static_cast<std::size_t>(j)]) *
                          std::pow(10.0, static_cast<double>(j % 3)) +
                      100;
        for (sketchntk::Index t = 0; t < targets; ++t)
            y(i, t) = std::sin(static_cast<double>(normals[0]) + static_cast<double>(t)) +
                      std::abs(static_cast<double>(normals[1])) +
                      0.1 * static_cast<double>(normals[static_cast<std::size_t>(columns + t)]);
    }
    return {std::move(x), std::move(y)};
}
