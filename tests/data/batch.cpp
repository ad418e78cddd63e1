#include "catch2.hpp"

#include <sketchntk/data/batch.hpp>

using namespace sketchntk;

TEST_CASE("a batch of sparse rows is written out with zeros where it has no entry") {
    Batch batch;
    batch.inputs = SparseRows{4, {0, 2, 2, 3}, {0, 3, 1}, {1.5, -2, 7}};
    CHECK(batch.rows() == 3);
    CHECK(batch.columns() == 4);
    const Matrix<double> dense = batch.dense_inputs();
    const double expected[3][4] = {{1.5, 0, 0, -2}, {0, 0, 0, 0}, {0, 7, 0, 0}};
    for (Index i = 0; i < 3; ++i)
        for (Index j = 0; j < 4; ++j) CHECK(dense(i, j) == expected[i][j]);
}

TEST_CASE("a batch of dense rows knows its shape") {
    Batch batch;
    CHECK(batch.rows() == 0);
    Matrix<double> inputs(2, 3);
    inputs(1, 2) = 5;
    batch.inputs = inputs;
    CHECK(batch.rows() == 2);
    CHECK(batch.columns() == 3);
    CHECK(batch.dense_inputs() == inputs);
}

TEST_CASE("a schema counts and names the columns of a batch") {
    Schema schema;
    schema.inputs = {{"age", {}}, {"colour", {"blue", "red"}}, {"height", {}}};
    CHECK(schema.input_count() == 4);
    CHECK(schema.input_names() ==
          std::vector<std::string>{"age", "colour=blue", "colour=red", "height"});
}
