#pragma once

#include "temporary_path.hpp"

#include <sketchntk/data/data_source.hpp>

#include <zlib.h>

#include <string>
#include <vector>

namespace sketchntk_test {

using sketchntk::Index;

/// Row after row of numbers, for comparisons.
using Table = std::vector<std::vector<double>>;

/// All that a reader delivers.
struct Rows {
    Table inputs;
    Table targets;
    std::vector<Index> batch_rows;

    bool operator==(const Rows& other) const {
        return inputs == other.inputs && targets == other.targets;
    }
};

inline void append_rows(const sketchntk::Matrix<double>& matrix, Table& table) {
    for (Index i = 0; i < matrix.rows(); ++i) {
        const auto row = matrix.row(i);
        table.emplace_back(row.begin(), row.end());
    }
}

/// Reads to the end, checking that batches are numbered without gaps.
inline Rows read_all(sketchntk::RowReader& reader, Index batch_size = 7) {
    Rows rows;
    sketchntk::Batch batch;
    while (reader.read(batch_size, batch)) {
        if (batch.first_row != static_cast<Index>(rows.inputs.size()))
            throw std::logic_error("a batch does not begin where the one before ended");
        append_rows(batch.dense_inputs(), rows.inputs);
        append_rows(batch.targets, rows.targets);
        rows.batch_rows.push_back(batch.rows());
    }
    if (batch.rows() != 0) throw std::logic_error("the batch after the end is not empty");
    return rows;
}

inline Rows read_all(const sketchntk::DataSource& source, Index batch_size = 7) {
    return read_all(*sketchntk::open_rows(source), batch_size);
}

inline void write_gzip(const std::string& path, const std::string& content) {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
}

}  // namespace sketchntk_test
