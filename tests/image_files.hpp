#pragma once

#include "temporary_path.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sketchntk_test {

inline std::string byte_text(const std::vector<int>& bytes) {
    return {bytes.begin(), bytes.end()};
}

/// An idx file of bytes: magic number, big-endian lengths, values.
inline std::string idx_content(const std::vector<int>& lengths, const std::vector<int>& values) {
    std::string content = byte_text({0, 0, 8, static_cast<int>(lengths.size())});
    for (const int length : lengths) content += byte_text({0, 0, length / 256, length % 256});
    return content + byte_text(values);
}

/// idx files of images and of their labels.
struct IdxContents {
    std::string images;
    std::string labels;
};

/// Images of side x side pixels, each with a blob at another place, and labels of two classes.
inline IdxContents blob_idx_contents(int count, int side) {
    std::vector<int> values;
    std::vector<int> labels;
    for (int i = 0; i < count; ++i) {
        labels.push_back(i % 2);
        for (int y = 0; y < side; ++y)
            for (int x = 0; x < side; ++x)
                values.push_back((x - i) * (x - i) + (y - 2 * i) * (y - 2 * i) < 40 ? 200 : 9);
    }
    return {idx_content({count, side, side}, values), idx_content({count}, labels)};
}

/// Value c of the pixel at (y, x) in the test image `number`: all differ within an image.
inline int test_value(int number, int y, int x, int c) {
    return (31 * number + 97 * y + 3 * x + c) % 256;
}

/// CIFAR records of test images, channels apart; `labels` are the bytes before each.
inline std::string cifar_content(const std::vector<std::vector<int>>& labels, int first = 0) {
    std::string content;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        content += byte_text(labels[i]);
        for (int c = 0; c < 3; ++c)
            for (int y = 0; y < 32; ++y)
                for (int x = 0; x < 32; ++x)
                    content += static_cast<char>(test_value(first + static_cast<int>(i), y, x, c));
    }
    return content;
}

/// The bytes that hexadecimal digits stand for.
inline std::string from_hexadecimal(const std::string& digits) {
    std::string bytes;
    for (std::size_t k = 0; k < digits.size(); k += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(k, 2), nullptr, 16));
    return bytes;
}

/// JPEG files that Pillow 13.0 wrote, and what it decodes them to.
struct JpegExample {
    std::string content;
    std::vector<double> values;
};

/// 4 x 6 pixels, grey.
inline JpegExample grey_jpeg() {
    return {from_hexadecimal(
                "ffd8ffe000104a46494600010100000100010000ffdb00430005030404040305040404050505"
                "06070c08070707070f0b0b090c110f1212110f111113161c1713141a1511111821181a1d1d1f"
                "1f1f13172224221e241c1e1f1effc0000b080004000601011100ffc400140001000000000000"
                "00000000000000000007ffc4001a100000070000000000000000000000000000030406143241"
                "ffda0008010100003f003a67a42225707fffd9"),
            {40, 49, 60, 71, 81, 89,  46, 54, 66, 76, 86, 94,
             53, 61, 73, 83, 93, 101, 57, 66, 78, 88, 98, 106}};
}

/// 4 x 6 pixels, coloured, colours at half the resolution.
inline JpegExample coloured_jpeg() {
    return {from_hexadecimal(
                "ffd8ffe000104a46494600010100000100010000ffdb00430005030404040305040404050505"
                "06070c08070707070f0b0b090c110f1212110f111113161c1713141a1511111821181a1d1d1f"
                "1f1f13172224221e241c1e1f1effdb0043010505050706070e08080e1e1411141e1e1e1e1e1e"
                "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e"
                "1e1e1e1e1e1effc00011080004000603012200021101031101ffc40015000101000000000000"
                "00000000000000000006ffc400191001000203000000000000000000000000000206143141ff"
                "c40014010100000000000000000000000000000003ffc4001811000301010000000000000000"
                "000000000012510102ffda000c03010002110311003f0083a7c6389ae0066ea82b90ffd9"),
            {43, 59, 74, 52, 68, 83, 63, 79, 94, 74, 90, 105, 84, 100, 115, 91,  107, 122,
             47, 61, 74, 55, 69, 82, 67, 81, 94, 77, 91, 104, 87, 101, 114, 95,  109, 122,
             52, 62, 72, 60, 70, 80, 72, 82, 92, 82, 92, 102, 92, 102, 112, 100, 110, 120,
             54, 63, 72, 62, 71, 80, 74, 83, 92, 84, 93, 102, 94, 103, 112, 102, 111, 120}};
}

}  // namespace sketchntk_test
