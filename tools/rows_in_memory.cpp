#include "rows_in_memory.hpp"

#include "data_options.hpp"
#include "interrupt.hpp"

#include <sketchntk/features/feature_map.hpp>

#include <algorithm>

namespace sketchntk::tools {

namespace {

constexpr Index rows_at_once = 4096;

template <typename T, typename Convert>
RowsInMemory<T> load(RowReader& reader, Index columns, const Convert& convert) {
    const Index rows = count_rows(reader);
    RowsInMemory<T> result{
        Matrix<T>(rows, columns),
        Matrix<double>(rows, static_cast<Index>(reader.schema().targets.size()))};
    Index done = 0;
    reader.rewind();
    for (Batch batch; reader.read(rows_at_once, batch); check_interrupt()) {
        const auto inputs = convert(batch);
        std::transform(inputs.data(), inputs.data() + inputs.rows() * columns,
                       &result.inputs(done, 0), [](auto value) { return static_cast<T>(value); });
        std::copy_n(batch.targets.data(), batch.targets.rows() * batch.targets.columns(),
                    result.targets.data() + done * batch.targets.columns());
        done += batch.rows();
    }
    reader.rewind();
    return result;
}

}  // namespace

RowsInMemory<float> load_rows(RowReader& reader, const Standardiser& standardiser) {
    return load<float>(reader, standardiser.output_columns(),
                       [&](const Batch& batch) { return standardiser.apply(batch); });
}

template <typename T>
RowsInMemory<T> load_rows(RowReader& reader) {
    return load<T>(reader, reader.schema().input_count(),
                   [](const Batch& batch) { return batch.dense_inputs(); });
}

template RowsInMemory<float> load_rows(RowReader& reader);
template RowsInMemory<double> load_rows(RowReader& reader);

RowSample sample_rows(RowReader& reader, Index size, Seed seed) {
    RowSample sample(size, reader.schema().input_count(), seed.child(map_sample_rows),
                     static_cast<Index>(reader.schema().targets.size()));
    if (size == 0) return sample;
    reader.rewind();
    for (Batch batch; reader.read(rows_at_once, batch); check_interrupt()) sample.add(batch);
    reader.rewind();
    return sample;
}

Standardiser learn_standardiser(RowReader& reader) {
    return learn_standardiser(reader, Standardiser::of_rows(reader));
}

Standardiser learn_standardiser(RowReader& reader, Standardiser standardiser) {
    reader.rewind();
    for (Batch batch; reader.read(rows_at_once, batch); check_interrupt()) standardiser.add(batch);
    standardiser.finish();
    reader.rewind();
    return standardiser;
}

}  // namespace sketchntk::tools
