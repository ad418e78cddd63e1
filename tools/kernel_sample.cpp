#include "kernel_sample.hpp"

#include <sketchntk/features/normalise_rows.hpp>
#include <sketchntk/kernels/network_kernel.hpp>

#include <algorithm>
#include <limits>

namespace sketchntk::tools {

namespace {

Matrix<double> exact_kernel(Matrix<float> rows, const KernelSample::Settings& settings,
                            const Execution& execution) {
    if (settings.normalise_rows) scale_rows_to_unit_mean_square(rows, rows);
    return network_gram(settings.network, settings.kind, settings.image, rows.view(), execution);
}

}  // namespace

KernelSample::KernelSample(Matrix<float> rows, const Settings& settings, const Execution& execution)
    : rows_(std::move(rows)),
      lambda_(settings.lambda),
      kernel_(exact_kernel(rows_, settings, execution)) {}

KernelError KernelSample::error(const FeatureMap& map, const Execution& execution) const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (!map.approximates_network_kernel()) return {none, none, none, none};
    execution.report({"kernel error", 0, 1, ""});
    Matrix<float> features(rows_.rows(), map.features());
    map.transform(rows_, features, execution);
    return kernel_error(features.view(), kernel_.view(), lambda_, execution);
}

Matrix<float> evenly_spaced_rows(RowReader& reader, Index total, Index count,
                                 const Standardiser& standardiser) {
    count = std::min(count, total);
    Matrix<float> result(count, standardiser.output_columns());
    Index next = 0;
    reader.rewind();
    for (Batch batch; next < count && reader.read(4096, batch);) {
        const Matrix<float> rows = standardiser.apply(batch);
        for (; next < count && next * total / count < batch.first_row + rows.rows(); ++next) {
            const auto source = rows.row(next * total / count - batch.first_row);
            std::copy(source.begin(), source.end(), result.row(next).begin());
        }
    }
    return result;
}

}  // namespace sketchntk::tools
