#include "data/batch_builder.hpp"
#include "data/batch_storage.hpp"
#include "data/parse_number.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/row_range.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace sketchntk {

namespace {

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t colon = text.find(':', begin);
        parts.push_back(text.substr(begin, colon - begin));
        if (colon == std::string_view::npos) return parts;
        begin = colon + 1;
    }
}

class RowsWithin final : public RowReader {
  public:
    RowsWithin(std::unique_ptr<RowReader> rows, const RowRange& range, std::string name)
        : rows_(std::move(rows)), range_(range), name_(std::move(name)) {
        if (const std::optional<Index> total = rows_->row_count()) check_rows(*total);
    }

    const Schema& schema() const override { return rows_->schema(); }
    std::vector<Index> image_shape() const override { return rows_->image_shape(); }
    std::optional<Index> sparse_row_entries() const override { return rows_->sparse_row_entries(); }

    std::optional<Index> row_count() const override {
        const std::optional<Index> end = range_.last ? range_.last : rows_->row_count();
        if (!end) return std::nullopt;
        return *end < range_.first ? 0 : (*end - range_.first) / range_.step + 1;
    }

    void rewind() override {
        rows_->rewind();
        source_ = {};
        source_row_ = 0;
        next_row_ = 0;
    }

    bool read(Index most_rows, Batch& batch) override {
        check_batch_size(most_rows);
        BatchBuilder builder(batch, most_rows);
        while (builder.rows() < most_rows && seek(most_rows))
            builder.append(source_, source_row_++);
        builder.finish();
        batch.first_row = next_row_;
        next_row_ += builder.rows();
        return builder.rows() > 0;
    }

  private:
    // Moves source_row_ to the next row within the range, reading on where needed.
    bool seek(Index most_rows) {
        for (;; ++source_row_) {
            const Index number = source_.first_row + source_row_ + 1;
            if (range_.last && number > *range_.last) return false;
            if (source_row_ == source_.rows()) {
                source_row_ = 0;
                if (!rows_->read(most_rows, source_)) {
                    check_rows(number - 1);
                    // Further calls are to find the same place.
                    source_.first_row = number - 1;
                    return false;
                }
            }
            const Index past_first = source_.first_row + source_row_ + 1 - range_.first;
            if (past_first >= 0 && past_first % range_.step == 0) return true;
        }
    }

    void check_rows(Index total) const {
        if (total >= range_.first && (!range_.last || total >= *range_.last)) return;
        throw InvalidArgument("rows: " + to_text(range_) + " of " + name_ + ", which has " +
                              std::to_string(total));
    }

    std::unique_ptr<RowReader> rows_;
    RowRange range_;
    std::string name_;
    Batch source_;
    Index source_row_ = 0;  ///< the next row of source_ to look at
    Index next_row_ = 0;
};

}  // namespace

RowRange parse_row_range(std::string_view text) {
    const auto fail = [&] {
        throw InvalidArgument("rows: expected FIRST:LAST or FIRST:LAST:STEP, e.g. 1:1000, got '" +
                              std::string(text) + "'");
    };
    const auto number = [&](std::string_view part) -> std::optional<Index> {
        if (part.empty()) return std::nullopt;
        const std::optional<Index> value = parse_integer(part);
        if (!value || *value < 1) fail();
        return value;
    };
    const std::vector<std::string_view> parts = parts_of(text);
    if (parts.size() < 2 || parts.size() > 3) fail();
    RowRange range;
    range.first = number(parts[0]).value_or(1);
    range.last = number(parts[1]);
    if (parts.size() == 3) range.step = number(parts[2]).value_or(1);
    if (range.last && *range.last < range.first) fail();
    return range;
}

std::string to_text(const RowRange& range) {
    std::string text = std::to_string(range.first);
    text += ':';
    if (range.last) text += std::to_string(*range.last);
    if (range.step == 1) return text;
    text += ':';
    return text + std::to_string(range.step);
}

std::unique_ptr<RowReader> rows_within(std::unique_ptr<RowReader> rows, const RowRange& range,
                                       const std::string& name) {
    return std::make_unique<RowsWithin>(std::move(rows), range, name);
}

}  // namespace sketchntk
