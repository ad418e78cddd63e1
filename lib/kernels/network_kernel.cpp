#include <sketchntk/core/error.hpp>
#include <sketchntk/kernels/displacement_kernel.hpp>
#include <sketchntk/kernels/gram.hpp>
#include <sketchntk/kernels/network_kernel.hpp>
#include <sketchntk/kernels/tensor_kernel.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sketchntk {

namespace {

template <typename To, typename From>
Matrix<To> converted(MatrixView<const From> from) {
    Matrix<To> to(from.rows(), from.columns());
    for (Index i = 0; i < from.rows(); ++i)
        std::transform(from.row(i).begin(), from.row(i).end(), to.row(i).begin(),
                       [](From value) { return static_cast<To>(value); });
    return to;
}

template <typename T>
void copy_rows(MatrixView<const T> from, MatrixView<T> to) {
    for (Index i = 0; i < from.rows(); ++i)
        std::copy(from.row(i).begin(), from.row(i).end(), to.row(i).begin());
}

// A kernel class on X, or on X and Y.
template <typename Kernel, typename... Arguments, typename T>
Kernel make_kernel(MatrixView<const T> x, const std::optional<MatrixView<const T>>& y,
                   const Arguments&... arguments) {
    return y ? Kernel(arguments..., x, *y) : Kernel(arguments..., x);
}

void tensor_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                   MatrixView<const double> x, const std::optional<MatrixView<const double>>& y,
                   MatrixView<double> out, const Execution& execution) {
    const auto kernel = make_kernel<TensorKernel>(x, y, network, kind, image);
    const Matrix<double> result = gram_by_pairs(kernel, execution);
    copy_rows<double>(result.view(), out);
}

void tensor_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                   MatrixView<const float> x, const std::optional<MatrixView<const float>>& y,
                   MatrixView<float> out, const Execution& execution) {
    const Matrix<double> wide_x = converted<double>(x);
    Matrix<double> wide_y;
    std::optional<MatrixView<const double>> y_view;
    if (y) {
        wide_y = converted<double>(*y);
        y_view = std::as_const(wide_y).view();
    }
    Matrix<double> wide(out.rows(), out.columns());
    tensor_kernel(network, kind, image, wide_x.view(), y_view, wide.view(), execution);
    const Matrix<float> narrow = converted<float>(std::as_const(wide).view());
    copy_rows<float>(narrow.view(), out);
}

}  // namespace

template <typename T>
void network_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                    MatrixView<const T> x, const std::optional<MatrixView<const T>>& y,
                    MatrixView<T> out, const Execution& execution) {
    const Index columns = y ? y->rows() : x.rows();
    if (out.rows() != x.rows() || out.columns() != columns)
        throw DimensionMismatch("kernel: expected room for " + std::to_string(x.rows()) + " x " +
                                std::to_string(columns) + ", got " + std::to_string(out.rows()) +
                                " x " + std::to_string(out.columns()));
    if (image.empty() && serves_rows(network)) {
        gram(make_kernel<FullyConnectedKernel<T>>(x, y, network, kind), out, execution);
    } else if (displacement_refusal(network, image).empty()) {
        const auto kernel = make_kernel<DisplacementKernel<T>>(x, y, network, kind, image);
        const Matrix<T> result = gram_by_pairs(kernel, execution);
        copy_rows<T>(result.view(), out);
    } else {
        tensor_kernel(network, kind, image, x, y, out, execution);
    }
}

template <typename T>
Matrix<T> network_kernel(const Network& network, KernelKind kind, const ImageShape& image,
                         MatrixView<const T> x, const std::optional<MatrixView<const T>>& y,
                         const Execution& execution) {
    Matrix<T> out(x.rows(), y ? y->rows() : x.rows());
    network_kernel(network, kind, image, x, y, out.view(), execution);
    return out;
}

Matrix<double> network_gram(const Network& network, KernelKind kind, const ImageShape& image,
                            MatrixView<const float> x, const Execution& execution) {
    if (serves_rows(network)) return fully_connected_gram(network, kind, x, execution);
    const Matrix<float> kernel = network_kernel<float>(network, kind, image, x, {}, execution);
    return converted<double>(kernel.view());
}

template <typename T>
void KernelMatrix<T>::tile(Index first_row, Index first_column, MatrixView<T> out) const {
    const auto block = entries_.view()
                           .middle_rows(first_row, out.rows())
                           .middle_columns(first_column, out.columns());
    for (Index i = 0; i < out.rows(); ++i)
        std::copy(block.row(i).begin(), block.row(i).end(), out.row(i).begin());
}

template void network_kernel(const Network&, KernelKind, const ImageShape&, MatrixView<const float>,
                             const std::optional<MatrixView<const float>>&, MatrixView<float>,
                             const Execution&);
template void network_kernel(const Network&, KernelKind, const ImageShape&,
                             MatrixView<const double>,
                             const std::optional<MatrixView<const double>>&, MatrixView<double>,
                             const Execution&);
template Matrix<float> network_kernel(const Network&, KernelKind, const ImageShape&,
                                      MatrixView<const float>,
                                      const std::optional<MatrixView<const float>>&,
                                      const Execution&);
template Matrix<double> network_kernel(const Network&, KernelKind, const ImageShape&,
                                       MatrixView<const double>,
                                       const std::optional<MatrixView<const double>>&,
                                       const Execution&);
template class KernelMatrix<float>;
template class KernelMatrix<double>;

}  // namespace sketchntk
