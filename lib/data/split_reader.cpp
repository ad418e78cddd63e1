#include "data/batch_builder.hpp"
#include "data/batch_storage.hpp"

#include <sketchntk/data/split_reader.hpp>

#include <utility>

namespace sketchntk {
SplitReader::SplitReader(std::unique_ptr<RowReader> rows, RowSplit split, SplitPart part)
    : rows_(std::move(rows)), split_(std::move(split)), part_(part) {
    rewind();
}

void SplitReader::rewind() {
    rows_->rewind();
    source_ = {};
    source_row_ = 0;
    next_row_ = 0;
}

// Moves source_row_ to the next row of this part, reading on where needed.
bool SplitReader::next_selected(Index most_rows) {
    for (;; ++source_row_) {
        if (source_row_ == source_.rows()) {
            const Index rows_read = source_.first_row + source_.rows();
            if (!rows_->read(most_rows, source_)) {
                split_.check_row_count(rows_read);
                source_row_ = 0;
                return false;
            }
            source_row_ = 0;
        }
        const bool is_test = split_.is_test(source_.first_row + source_row_);
        if (is_test == (part_ == SplitPart::test)) return true;
    }
}

bool SplitReader::read(Index most_rows, Batch& batch) {
    check_batch_size(most_rows);
    BatchBuilder builder(batch, most_rows);
    while (builder.rows() < most_rows && next_selected(most_rows)) {
        builder.append(source_, source_row_);
        ++source_row_;
    }
    builder.finish();
    batch.first_row = next_row_;
    next_row_ += builder.rows();
    if (builder.rows() < most_rows) row_count_ = next_row_;
    return builder.rows() > 0;
}

}  // namespace sketchntk
