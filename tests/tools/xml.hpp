#pragma once

#include <string>
#include <vector>

namespace sketchntk_test {

/// What is wrong with a small XML document without comments and sections of its own; empty if it is
/// well-formed: tags closed in order, attributes quoted, `&` only in front of an entity, one root.
inline std::string xml_fault(const std::string& text) {
    std::vector<std::string> open;
    int roots = 0;
    std::size_t at = text.starts_with("<?xml ") ? text.find("?>") + 2 : 0;
    const auto entity = [&](std::size_t i) {
        for (const char* name : {"&amp;", "&lt;", "&gt;", "&quot;"})
            if (text.compare(i, std::string(name).size(), name) == 0) return true;
        return false;
    };
    while (at < text.size()) {
        if (text[at] == '&' && !entity(at)) return "& at " + std::to_string(at);
        if (text[at] == '>') return "> at " + std::to_string(at);
        if (text[at] != '<') {
            ++at;
            continue;
        }
        const std::size_t end = text.find('>', at);
        if (end == std::string::npos) return "tag without end";
        std::string tag = text.substr(at + 1, end - at - 1);
        at = end + 1;
        if (tag.starts_with("/")) {
            if (open.empty() || open.back() != tag.substr(1)) return "closing " + tag;
            open.pop_back();
            continue;
        }
        const bool closed = tag.ends_with("/");
        if (closed) tag.pop_back();
        const std::size_t name_end = tag.find(' ');
        std::string rest = name_end == std::string::npos ? "" : tag.substr(name_end);
        while (rest.find_first_not_of(' ') != std::string::npos) {
            const std::size_t quote = rest.find("=\"");
            const std::size_t close =
                quote == std::string::npos ? quote : rest.find('"', quote + 2);
            if (close == std::string::npos) return "attribute in <" + tag + ">";
            const std::string value = rest.substr(quote + 2, close - quote - 2);
            if (value.find('<') != std::string::npos) return "attribute in <" + tag + ">";
            rest = rest.substr(close + 1);
        }
        if (open.empty() && ++roots > 1) return "second root";
        if (!closed) open.push_back(tag.substr(0, name_end));
    }
    if (!open.empty()) return "<" + open.back() + "> without end";
    return roots == 1 ? "" : "no root";
}

}  // namespace sketchntk_test
