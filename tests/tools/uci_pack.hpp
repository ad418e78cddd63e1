#pragma once

#include "temporary_path.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace sketchntk_test {

/// A set in the files of the UCI pack: rows in the plane, on rings by class, the numbers from an
/// arithmetic that has no period here.
struct UciPackSet {
    std::string name;
    int rows = 0;
    int classes = 0;
    std::vector<std::vector<double>> inputs;
    std::vector<int> of_rows;

    UciPackSet(std::string set_name, int row_count, int class_count)
        : name(std::move(set_name)), rows(row_count), classes(class_count) {
        for (int i = 0; i < rows; ++i) {
            const int c = i * i % 7 % classes;
            const double radius = 0.5 + c + (i * 37 % 101) / 101.0;
            const double turn = (i * 53 % 97) / 97.0;
            // A diamond instead of a circle: decimal numbers that any library reads alike.
            inputs.push_back({radius * (1 - 2 * turn), radius * ((i * 29 % 89) / 44.5 - 1)});
            of_rows.push_back(c);
        }
    }

    /// Row numbers i with i % parts == part, or all others.
    [[nodiscard]] std::vector<int> numbers(int parts, int part, bool others) const {
        std::vector<int> result;
        for (int i = 0; i < rows; ++i)
            if ((i % parts == part) != others) result.push_back(i);
        return result;
    }

    [[nodiscard]] std::string description() const {
        return "n_entradas= 2\nn_clases= " + std::to_string(classes) +
               "\nn_arquivos= 1\nfich1= " + name + "_R.dat\nn_patrons1= " + std::to_string(rows) +
               "\n";
    }
    [[nodiscard]] std::string data() const {
        std::string text = "\tf1\tf2\tclase\n";
        for (std::size_t i = 0; i < inputs.size(); ++i)
            text += std::to_string(i + 1) + "\t" + std::to_string(inputs[i][0]) + "\t" +
                    std::to_string(inputs[i][1]) + "\t" + std::to_string(of_rows[i]) + "\n";
        return text;
    }
    [[nodiscard]] std::string selection_split() const {
        return line(numbers(2, 0, false)) + line(numbers(2, 1, false));
    }
    [[nodiscard]] std::string folds() const {
        std::string text;
        for (int fold = 0; fold < 4; ++fold)
            text += line(numbers(4, fold, true)) + line(numbers(4, fold, false));
        return text;
    }

    void write(const TemporaryDirectory& directory) const {
        std::filesystem::create_directory(directory.file(name));
        const std::string folder = directory.file(name) + "/";
        write_file(folder + name + ".txt", description());
        write_file(folder + name + "_R.dat", data());
        write_file(folder + "conxuntos.dat", selection_split());
        write_file(folder + "conxuntos_kfold.dat", folds());
    }

  private:
    static std::string line(const std::vector<int>& row_numbers) {
        std::string text;
        for (const int number : row_numbers) text += std::to_string(number) + " ";
        return text + "\n";
    }
};

}  // namespace sketchntk_test
