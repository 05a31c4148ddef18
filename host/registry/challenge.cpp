#include "registry/challenge.hpp"

#include "oci/grammar.hpp"

namespace berth::registry {
namespace {

bool is_token_char(char c) {
  const bool alphanumeric =
      (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("!#$%&'*+-.^_`|~/").find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return text_.empty(); }
  // Returns whether there was a comma.
  bool skip(std::string_view characters) {
    bool comma = false;
    for (; !text_.empty() && characters.find(text_[0]) != std::string_view::npos;
         text_.remove_prefix(1))
      comma = comma || text_[0] == ',';
    return comma;
  }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::string token() {
    std::string result;
    while (!text_.empty() && is_token_char(text_[0])) {
      result += text_[0];
      text_.remove_prefix(1);
    }
    return result;
  }
  std::string quoted() {
    std::string result;
    while (!text_.empty() && text_[0] != '"') {
      if (text_[0] == '\\' && text_.size() > 1) text_.remove_prefix(1);
      result += text_[0];
      text_.remove_prefix(1);
    }
    take('"');
    return result;
  }
  void drop() { text_.remove_prefix(1); }

 private:
  std::string_view text_;
};

}  // namespace

std::string Challenge::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> challenges;
  Scanner scanner(header);
  scanner.skip(" \t,");
  for (bool comma = true; !scanner.at_end(); comma = scanner.skip(" \t,")) {
    const std::string word = oci::to_lower(scanner.token());
    if (word.empty()) {
      scanner.drop();
      continue;
    }
    scanner.skip(" \t");
    if (!scanner.take('=')) {
      // Directly after a scheme this is the scheme's token68.
      if (comma || challenges.empty() || !challenges.back().parameters.empty())
        challenges.push_back({word, {}});
      continue;
    }
    scanner.skip(" \t");
    std::string value = scanner.take('"') ? scanner.quoted() : scanner.token();
    if (!challenges.empty()) challenges.back().parameters.emplace_back(word, std::move(value));
  }
  return challenges;
}

std::vector<Challenge> challenges_of(const http::Response& response) {
  std::vector<Challenge> all;
  for (const auto header : response.header_all("www-authenticate"))
    for (auto& challenge : parse_challenges(header)) all.push_back(std::move(challenge));
  return all;
}

const Challenge* find_scheme(const std::vector<Challenge>& challenges, std::string_view scheme) {
  for (const auto& challenge : challenges)
    if (challenge.scheme == scheme) return &challenge;
  return nullptr;
}

}  // namespace berth::registry
