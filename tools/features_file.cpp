#include "features_file.hpp"

#include "data_options.hpp"

#include <sketchntk/core/stopwatch.hpp>
#include <sketchntk/core/version.hpp>
#include <sketchntk/data/checksum.hpp>
#include <sketchntk/data/resumable_npy.hpp>
#include <sketchntk/model/map_batch.hpp>

#include <algorithm>
#include <optional>

namespace sketchntk::tools {

namespace {

// As many as tell one data file from another.
constexpr Index rows_told_apart = 64;

std::string checksum_of_first_rows(const FeaturesSource& source) {
    Batch batch;
    source.rows.rewind();
    if (!source.rows.read(rows_told_apart, batch)) return "no rows";
    return checksum(source.standardiser.apply(batch).view());
}

RunDescription description_of(const FeaturesSource& source) {
    RunDescription description{{"program", std::string("sketchntk ") + version()},
                               {"configuration", to_json(source.configuration)},
                               {"first rows", checksum_of_first_rows(source)}};
    std::string learnt;
    for (const Matrix<float>& matrix : source.map.learnt())
        learnt += (learnt.empty() ? "" : " ") + checksum(matrix.view());
    if (!learnt.empty()) description.emplace_back("learnt", learnt);
    return description;
}

/// Rows of targets, gathered while rows go by.
class TargetRows {
  public:
    TargetRows(const std::string& path, Index rows, Index targets) : path_(path) {
        if (!path.empty()) targets_ = Matrix<double>(rows, targets);
    }

    void add(const Batch& batch, Index first_row) {
        if (path_.empty()) return;
        std::copy_n(batch.targets.data(), batch.targets.rows() * batch.targets.columns(),
                    targets_.data() + first_row * targets_.columns());
    }

    void write() const {
        if (path_.empty()) return;
        NpyWriter writer(path_, targets_.rows(), targets_.columns(), NpyScalar::float64);
        writer.append(targets_.view());
        writer.commit();
    }

  private:
    const std::string& path_;
    Matrix<double> targets_;
};

}  // namespace

WrittenFeatures write_features(const FeaturesSource& source, const std::string& path,
                               NpyScalar scalar, const std::string& targets_path,
                               const Execution& execution) {
    WrittenFeatures written;
    written.rows = count_rows(source.rows);
    TargetRows targets(targets_path, written.rows,
                       static_cast<Index>(source.rows.schema().targets.size()));
    ResumableNpy file(path, written.rows, source.map.features(), scalar, description_of(source),
                      written.rows);
    written.resumed = file.done();
    Index done = 0;
    Matrix<float> features;
    source.rows.rewind();
    execution.report({"features", file.done(), written.rows, "rows"});
    for (Batch batch;;) {
        const Index skipped = std::max<Index>(file.done() - done, 0);
        const Index most = skipped > 0 ? std::min(skipped, source.batch_rows) : source.batch_rows;
        if (!source.rows.read(most, batch)) break;
        targets.add(batch, done);
        if (skipped == 0) {
            const Stopwatch stopwatch;
            map_batch(source.standardiser, source.map, batch, features, execution);
            written.seconds += stopwatch.seconds();
            for (Index i = 0; i < features.rows(); ++i) file.write(done + i, 0, features.row(i));
            file.checkpoint(done + features.rows());
        }
        done += batch.rows();
        execution.report({"features", std::max(done, file.done()), written.rows, "rows"});
    }
    targets.write();
    file.commit();
    return written;
}

}  // namespace sketchntk::tools
