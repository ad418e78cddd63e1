#include "catch2.hpp"
#include "program.hpp"

using namespace sketchntk_test;

TEST_CASE("info says what a model is") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"),
               "height,always,width,weight\n1,3,2,3\n2,3,1,5\n4,3,3,1\n3,3,9,2\n");
    succeed({"fit", "--data", directory.file("data.csv"), "--target", "weight", "--network",
             "fc(depth=2)", "--features", "32", "--seed", "7", "--lambda", "0.5", "--model",
             directory.file("model")});
    const std::string text = succeed({"info", directory.file("model")});
    for (const char* part : {"model, version 2", "fc(depth=2), ntk", "ntkrf, 32 features, seed 7",
                             "lambda         0.5 ", "training rows  4\n", "targets        weight\n",
                             "inputs         height always width\n", "not used       always ",
                             "coefficients, 32 x 1 float64"})
        CHECK(contains(text, part));
}

TEST_CASE("info of another file is an error") {
    const TemporaryDirectory directory;
    write_file(directory.file("data.csv"), "a,b\n1,2\n");
    write_file(directory.file("empty"), "");
    for (const char* name : {"data.csv", "empty", "absent"}) {
        const Finished finished = run_sketchntk({"info", directory.file(name)});
        CHECK(finished.status == 1);
        CHECK(finished.output.empty());
        CHECK(contains(finished.messages, directory.file(name)));
    }
}
