#include "data/run_journal.hpp"

#include "data/input_file.hpp"

#include <sketchntk/core/error.hpp>
#include <sketchntk/data/atomic_file.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>

namespace sketchntk {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const std::string& path) {
    const InputFile file(path);
    std::string text(static_cast<std::size_t>(file.size()), '\0');
    file.read_at(0, std::as_writable_bytes(std::span(text)));
    return text;
}

const std::string* value_of(const RunDescription& description, const std::string& name) {
    const auto found = std::find_if(description.begin(), description.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found == description.end() ? nullptr : &found->second;
}

}  // namespace

std::optional<RunJournal> read_journal(const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::nullopt;
    try {
        const Json json = Json::parse(text_of(path));
        RunJournal journal{{}, json.at("steps").get<Index>(), json.at("done").get<Index>()};
        for (const auto& [name, value] : json.at("description").items())
            journal.description.emplace_back(name, value.get<std::string>());
        if (journal.done < 0 || journal.done > journal.steps)
            throw InvalidArgument(path + ": " + std::to_string(journal.done) + " steps done of " +
                                  std::to_string(journal.steps));
        return journal;
    } catch (const Json::exception& error) {
        throw InvalidArgument(path + ": damaged journal of a partial file: " + error.what());
    }
}

void write_journal(const std::string& path, const RunJournal& journal) {
    Json description = Json::object();
    for (const auto& [name, value] : journal.description) description[name] = value;
    const Json json{{"description", description}, {"steps", journal.steps}, {"done", journal.done}};
    AtomicFile file(path);
    file.write(json.dump(2) + "\n");
    file.commit();
}

std::string differences(const RunDescription& there, const RunDescription& here) {
    std::string text;
    const auto add = [&](const std::string& name, const std::string* old_value,
                         const std::string* new_value) {
        const auto said = [](const std::string* value) {
            return value ? "'" + *value + "'" : std::string("not said");
        };
        text += (text.empty() ? "" : "; ") + name + " is " + said(old_value) + " there and " +
                said(new_value) + " here";
    };
    for (const auto& [name, value] : here) {
        const std::string* other = value_of(there, name);
        if (!other || *other != value) add(name, other, &value);
    }
    for (const auto& [name, value] : there)
        if (!value_of(here, name)) add(name, &value, nullptr);
    return text;
}

}  // namespace sketchntk
