#pragma once

#include <sketchntk/core/execution.hpp>
#include <sketchntk/core/matrix.hpp>
#include <sketchntk/data/npy.hpp>

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sketchntk {

/// What decides the content of a file: names and values, e.g. ("kind", "ntk"). Two runs with equal
/// descriptions would write the same bytes.
using RunDescription = std::vector<std::pair<std::string, std::string>>;

/// A rows x columns array file that may take several runs to write, and appears at its path when it
/// is whole.
///
/// Until then the entries are in PATH.partial, and PATH.partial.json says of which description they
/// are and how many of the work's steps are done. The journal is replaced after the entries have
/// reached the disk, so a run that is killed, also by a power failure, loses what came after its
/// last checkpoint and nothing else. Space on the disk is reserved when the file is begun.
class ResumableNpy {
  public:
    /// Goes on with the file that an earlier run of the same description has left, or begins one.
    /// @param steps of the work in all; their order must be the same in every run
    /// @throws IoError if the file cannot be written, the disk has no room for it, or another
    ///   process is writing it; InvalidArgument for the file of another run, naming what differs,
    ///   and for a partial file whose journal is missing, damaged or of another length: all of
    ///   these leave every file as it was.
    ResumableNpy(const std::string& path, Index rows, Index columns, NpyScalar scalar,
                 RunDescription description, Index steps);
    /// Keeps the partial file if it holds steps at a checkpoint, and removes it otherwise.
    ~ResumableNpy();
    ResumableNpy(const ResumableNpy&) = delete;
    ResumableNpy& operator=(const ResumableNpy&) = delete;

    /// Steps done at the last checkpoint, of this run or an earlier one.
    [[nodiscard]] Index done() const { return done_; }

    /// Writes entries of a row from a column on. Several threads may at once, at different places.
    /// @throws IoError if the operating system refuses, InvalidArgument for a number past
    ///   float16's largest, where that is the file's scalar.
    void write(Index row, Index column, std::span<const float> entries) const;
    void write(Index row, Index column, std::span<const double> entries) const;

    /// From now on the first `done` steps need not be done again.
    /// @throws IoError as `write`.
    void checkpoint(Index done);

    /// Copies what is below the diagonal of a square array to above it. Holds blocks only. Not a
    /// step: to be done, once all are, in the run that commits.
    /// @throws IoError as `write`, or if the file cannot be read; InvalidArgument for float16.
    void mirror_lower_triangle(const Execution& execution) const;

    /// Moves the finished file to its place. @throws IoError as `write`.
    void commit();

  private:
    [[nodiscard]] std::string partial_path() const { return target_path_ + ".partial"; }
    [[nodiscard]] std::string journal_path() const { return partial_path() + ".json"; }
    [[nodiscard]] Index position(Index row, Index column) const;
    void open_partial();
    void resume_or_begin();
    void begin();
    void write_journal() const;
    [[nodiscard]] Index file_bytes() const;
    void write_at(Index at, std::span<const std::byte> bytes) const;
    template <typename T>
    void mirror(const Execution& execution) const;

    std::string path_;
    std::string target_path_;
    Index rows_;
    Index columns_;
    NpyScalar scalar_;
    RunDescription description_;
    Index steps_;
    Index done_ = 0;
    std::string header_;
    int descriptor_ = -1;
};

}  // namespace sketchntk
