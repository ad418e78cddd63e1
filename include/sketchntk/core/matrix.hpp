#pragma once

#include <cstddef>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace sketchntk {

/// Every size, row number and column number of the library.
using Index = std::ptrdiff_t;

/// Allocates on 64-byte boundaries: a cache line, and the widest vector register.
template <typename T>
struct CacheAlignedAllocator {
    using value_type = T;
    static constexpr std::align_val_t alignment{64};

    CacheAlignedAllocator() = default;
    template <typename U>
    CacheAlignedAllocator(const CacheAlignedAllocator<U>&) noexcept {}

    T* allocate(std::size_t count) {
        if (count > static_cast<std::size_t>(-1) / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(::operator new(count * sizeof(T), alignment));
    }
    void deallocate(T* pointer, std::size_t) noexcept { ::operator delete(pointer, alignment); }

    template <typename U>
    bool operator==(const CacheAlignedAllocator<U>&) const noexcept {
        return true;
    }
};

template <typename T>
using AlignedVector = std::vector<T, CacheAlignedAllocator<T>>;

/// A row-major matrix that somebody else owns: entry (i, j) is data()[i * stride() + j].
///
/// The only matrix type in the library's public functions, so that no header of a linear algebra
/// library, nor its alignment rules, becomes part of the binary interface.
template <typename T>
class MatrixView {
  public:
    MatrixView() = default;
    MatrixView(T* data, Index rows, Index columns) : MatrixView(data, rows, columns, columns) {}
    MatrixView(T* data, Index rows, Index columns, Index stride)
        : data_(data), rows_(rows), columns_(columns), stride_(stride) {}

    /// A view that may be written converts to one that may not.
    template <typename U>
    requires(std::is_same_v<T, const U>) MatrixView(const MatrixView<U>& other)
        : MatrixView(other.data(), other.rows(), other.columns(), other.stride()) {}

    [[nodiscard]] T* data() const { return data_; }
    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index columns() const { return columns_; }
    [[nodiscard]] Index stride() const { return stride_; }
    [[nodiscard]] bool empty() const { return rows_ == 0 || columns_ == 0; }

    [[nodiscard]] T& operator()(Index i, Index j) const { return data_[i * stride_ + j]; }
    [[nodiscard]] std::span<T> row(Index i) const {
        return {data_ + i * stride_, static_cast<std::size_t>(columns_)};
    }
    /// Rows [first, first + count), without a copy.
    [[nodiscard]] MatrixView middle_rows(Index first, Index count) const {
        return {data_ + first * stride_, count, columns_, stride_};
    }
    /// Columns [first, first + count), without a copy.
    [[nodiscard]] MatrixView middle_columns(Index first, Index count) const {
        return {data_ + first, rows_, count, stride_};
    }

  private:
    T* data_ = nullptr;
    Index rows_ = 0;
    Index columns_ = 0;
    Index stride_ = 0;
};

/// A row-major matrix that owns its entries, 64-byte aligned, contiguous (stride = columns).
template <typename T>
class Matrix {
  public:
    Matrix() = default;
    /// rows x columns entries, all zero.
    Matrix(Index rows, Index columns)
        : entries_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)),
          rows_(rows),
          columns_(columns) {}

    [[nodiscard]] T* data() { return entries_.data(); }
    [[nodiscard]] const T* data() const { return entries_.data(); }
    [[nodiscard]] Index rows() const { return rows_; }
    [[nodiscard]] Index columns() const { return columns_; }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

    [[nodiscard]] T& operator()(Index i, Index j) {
        return entries_[static_cast<std::size_t>(i * columns_ + j)];
    }
    [[nodiscard]] const T& operator()(Index i, Index j) const {
        return entries_[static_cast<std::size_t>(i * columns_ + j)];
    }
    [[nodiscard]] std::span<T> row(Index i) { return view().row(i); }
    [[nodiscard]] std::span<const T> row(Index i) const { return view().row(i); }

    [[nodiscard]] MatrixView<T> view() { return {data(), rows_, columns_}; }
    [[nodiscard]] MatrixView<const T> view() const { return {data(), rows_, columns_}; }
    operator MatrixView<T>() { return view(); }
    operator MatrixView<const T>() const { return view(); }

    /// Keeps the leading rows; a larger count appends rows of zeros.
    void resize_rows(Index rows) {
        entries_.resize(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns_));
        rows_ = rows;
    }

    bool operator==(const Matrix&) const = default;

  private:
    AlignedVector<T> entries_;
    Index rows_ = 0;
    Index columns_ = 0;
};

}  // namespace sketchntk
