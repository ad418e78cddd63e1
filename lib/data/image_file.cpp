#include "data/image_file.hpp"

#include "data/image_sequence.hpp"
#include "data/mapped_file.hpp"

#include <sketchntk/core/error.hpp>

#include <spng.h>
#include <turbojpeg.h>

#include <memory>

namespace sketchntk {

namespace {

DecodedImage empty_image(std::vector<Index> shape, const std::string& where) {
    check_image_size(shape, where);
    const Index values = shape[0] * shape[1] * shape[2];
    return {std::move(shape), std::vector<std::uint8_t>(static_cast<std::size_t>(values))};
}

struct PngDeleter {
    void operator()(spng_ctx* context) const noexcept { spng_ctx_free(context); }
};

void check_png(int status, const std::string& where) {
    if (status != SPNG_OK) throw FormatError(where + ": unreadable PNG: " + spng_strerror(status));
}

DecodedImage decode_png(std::string_view bytes, const std::string& where) {
    const std::unique_ptr<spng_ctx, PngDeleter> context(spng_ctx_new(0));
    if (!context) throw std::bad_alloc();
    check_png(spng_set_png_buffer(context.get(), bytes.data(), bytes.size()), where);
    // Far more than images need; a text chunk may unpack to a thousand times its size.
    constexpr std::size_t most_bytes = std::size_t{1} << 24;
    check_png(spng_set_chunk_limits(context.get(), most_bytes, 2 * most_bytes), where);
    spng_ihdr header{};
    check_png(spng_get_ihdr(context.get(), &header), where);
    if (header.bit_depth > 8)
        throw FormatError(where + ": expected a PNG of at most 8 bits a channel, got " +
                          std::to_string(header.bit_depth));
    spng_trns transparency{};
    if (header.color_type == SPNG_COLOR_TYPE_GRAYSCALE_ALPHA ||
        header.color_type == SPNG_COLOR_TYPE_TRUECOLOR_ALPHA ||
        spng_get_trns(context.get(), &transparency) == SPNG_OK)
        throw FormatError(where + ": expected a grey or coloured PNG, got one with transparency");
    const bool grey = header.color_type == SPNG_COLOR_TYPE_GRAYSCALE;
    DecodedImage image = empty_image({static_cast<Index>(header.height),
                                      static_cast<Index>(header.width), grey ? Index{1} : Index{3}},
                                     where);
    check_png(spng_decode_image(context.get(), image.values.data(), image.values.size(),
                                grey ? SPNG_FMT_G8 : SPNG_FMT_RGB8, 0),
              where);
    return image;
}

struct JpegDeleter {
    void operator()(void* decoder) const noexcept { tjDestroy(decoder); }
};

DecodedImage decode_jpeg(std::string_view bytes, const std::string& where) {
    const std::unique_ptr<void, JpegDeleter> decoder(tjInitDecompress());
    if (!decoder) throw std::bad_alloc();
    const auto check = [&](int status) {
        if (status != 0)
            throw FormatError(where + ": unreadable JPEG: " + tjGetErrorStr2(decoder.get()));
    };
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    check(tjDecompressHeader3(decoder.get(), data, bytes.size(), &width, &height, &subsampling,
                              &colours));
    // Tables without an image are a JPEG file, too.
    if (width < 1 || height < 1) throw FormatError(where + ": unreadable JPEG: no image in it");
    if (colours == TJCS_CMYK || colours == TJCS_YCCK)
        throw FormatError(where + ": expected a grey or coloured JPEG, got one of CMYK colours");
    const bool grey = colours == TJCS_GRAY;
    DecodedImage image = empty_image({height, width, grey ? Index{1} : Index{3}}, where);
    // The accurate transform is what other programs decode with.
    check(tjDecompress2(decoder.get(), data, bytes.size(), image.values.data(), width, 0, height,
                        grey ? TJPF_GRAY : TJPF_RGB, TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING));
    return image;
}

}  // namespace

DecodedImage read_image_file(const std::string& path, const std::string& where) {
    const MappedFile file(path);
    const std::string_view bytes = file.bytes();
    if (bytes.starts_with("\x89PNG")) return decode_png(bytes, where);
    if (bytes.starts_with("\xff\xd8")) return decode_jpeg(bytes, where);
    throw FormatError(where + ": neither a PNG nor a JPEG file" +
                      (bytes.empty() ? ": it is empty" : ""));
}

}  // namespace sketchntk
