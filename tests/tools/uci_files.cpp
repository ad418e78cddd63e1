#include "catch2.hpp"
#include "uci_data_set.hpp"
#include "uci_pack.hpp"

#include <sketchntk/core/error.hpp>

using namespace sketchntk_test;
using sketchntk::FormatError;
using sketchntk::InvalidArgument;
using sketchntk::IoError;
using sketchntk::tools::read_uci_data_set;
using sketchntk::tools::uci_exclusion;
using sketchntk::tools::uci_set_names;
using sketchntk::tools::UciDataSet;

TEST_CASE("a set of the UCI pack is read with its splits") {
    const TemporaryDirectory directory;
    const UciPackSet pack("rings", 12, 3);
    pack.write(directory);
    const UciDataSet set = read_uci_data_set(directory.file(""), "rings");
    CHECK(set.name == "rings");
    CHECK(set.class_count == 3);
    CHECK(set.classes == pack.of_rows);
    REQUIRE(set.inputs.rows() == 12);
    REQUIRE(set.inputs.columns() == 2);
    for (std::size_t i = 0; i < 12; ++i)
        for (std::size_t j = 0; j < 2; ++j)
            CHECK(set.inputs.row(static_cast<sketchntk::Index>(i))[j] ==
                  std::stod(std::to_string(pack.inputs[i][j])));
    const auto equal = [](const std::vector<sketchntk::Index>& found,
                          const std::vector<int>& expected) {
        return std::vector<int>(found.begin(), found.end()) == expected;
    };
    CHECK(equal(set.selection.training_rows, pack.numbers(2, 0, false)));
    CHECK(equal(set.selection.tested_rows, pack.numbers(2, 1, false)));
    REQUIRE(set.folds.size() == 4);
    for (int fold = 0; fold < 4; ++fold) {
        const auto& split = set.folds[static_cast<std::size_t>(fold)];
        CHECK(equal(split.training_rows, pack.numbers(4, fold, true)));
        CHECK(equal(split.tested_rows, pack.numbers(4, fold, false)));
    }
    CHECK(uci_exclusion(directory.file(""), "rings").empty());
}

TEST_CASE("sets of the UCI pack are found by name; other entries are none") {
    const TemporaryDirectory directory;
    UciPackSet("two", 8, 2).write(directory);
    UciPackSet("one", 8, 2).write(directory);
    std::filesystem::create_directory(directory.file("empty"));
    write_file(directory.file("README"), "");
    CHECK(uci_set_names(directory.file("")) == std::vector<std::string>{"one", "two"});
    CHECK(contains(message_of<InvalidArgument>(
                       [&] { static_cast<void>(uci_set_names(directory.file("empty"))); }),
                   "NAME.txt"));
    CHECK(contains(message_of<InvalidArgument>(
                       [&] { static_cast<void>(uci_set_names(directory.file("none"))); }),
                   "expected a directory"));
    CHECK(contains(message_of<InvalidArgument>(
                       [&] { static_cast<void>(uci_set_names(directory.file("README"))); }),
                   "unpack"));
}

TEST_CASE("sets outside the published protocol are told by their description") {
    const TemporaryDirectory directory;
    const UciPackSet pack("rings", 8, 2);
    pack.write(directory);
    write_file(directory.file("rings/rings.txt"),
               pack.description() + "fich2= rings_test_R.dat\nn_patrons2= 5\n");
    CHECK(contains(uci_exclusion(directory.file(""), "rings"), "test rows"));
    write_file(directory.file("rings/rings.txt"),
               "n_entradas= 2\nn_clases= 2\nfich1= rings_R.dat\nn_patrons1= 5001\n");
    CHECK(contains(uci_exclusion(directory.file(""), "rings"), "5001 rows"));
}

TEST_CASE("files of a UCI set that are not as they should be: the message names file and line") {
    const UciPackSet pack("rings", 8, 2);
    const auto refused = [&](const std::string& file, const std::string& content,
                             const std::string& place, const std::string& reason) {
        const TemporaryDirectory directory;
        pack.write(directory);
        write_file(directory.file("rings/" + file), content);
        const std::string message = message_of<FormatError>(
            [&] { static_cast<void>(read_uci_data_set(directory.file(""), "rings")); });
        INFO(message);
        CHECK(contains(message, "rings/" + place));
        CHECK(contains(message, reason));
    };
    const std::string data = pack.data();
    const std::string split = pack.selection_split();

    refused("rings.txt", "n_entradas= 2\nn_clases 2\n", "rings.txt:2", "key= value");
    refused("rings.txt", "n_entradas= 2\nfich1= rings_R.dat\nn_patrons1= 8\n", "rings.txt",
            "n_clases=");
    refused("rings.txt", "n_entradas= 2\nn_clases= x\nfich1= rings_R.dat\nn_patrons1= 8\n",
            "rings.txt", "'x'");
    refused("rings_R.dat", data + "9\t0\t0\t1\n", "rings_R.dat:10", "more rows than the 8");
    refused("rings_R.dat", "a\tb\tc\n1\t0\t0\t1\n", "rings_R.dat", "8 rows, got 1");
    refused("rings_R.dat", "a\tb\tc\n1\t0\tzero\t1\n", "rings_R.dat:2", "'zero'");
    refused("rings_R.dat", "a\tb\tc\n1\t0\tnan\t1\n", "rings_R.dat:2", "finite");
    refused("rings_R.dat", "a\tb\tc\n1\t0\t1\n", "rings_R.dat:2", "3 words");
    refused("rings_R.dat", "a\tb\tc\n1\t0\t0\t2\n", "rings_R.dat:2", "from 0 to 1, got 2");
    refused("conxuntos.dat", "0 1 2 8\n3 4\n", "conxuntos.dat:1", "0 to 7, got 8");
    refused("conxuntos.dat", "0 1 2\n3 x\n", "conxuntos.dat:2", "'x'");
    refused("conxuntos.dat", "0 1 1\n3 4\n", "conxuntos.dat:1", "row 1 occurs twice");
    refused("conxuntos.dat", "0 1 2\n3 2\n", "conxuntos.dat:2", "row 2 occurs twice");
    refused("conxuntos.dat", "0 1 2\n", "conxuntos.dat", "training rows only");
    refused("conxuntos.dat", split + split, "conxuntos.dat:3", "more lines");
    refused("conxuntos_kfold.dat", split, "conxuntos_kfold.dat", "expected 8 lines, got 2");

    const TemporaryDirectory directory;
    pack.write(directory);
    std::filesystem::remove(directory.file("rings/conxuntos.dat"));
    CHECK(contains(message_of<IoError>(
                       [&] { static_cast<void>(read_uci_data_set(directory.file(""), "rings")); }),
                   "conxuntos.dat"));
}
