#include "oci/grammar.hpp"

#include <algorithm>
#include <charconv>

#include "base/escape.hpp"

namespace berth::oci {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return is_lower(c) || is_digit(c); }
bool is_separator(char c) { return c == '.' || c == '_' || c == '-'; }

// "." or "_" or "__" or any number of "-", between letters and digits.
bool is_legal_separator(std::string_view run) {
  return run == "." || run == "_" || run == "__" ||
         run.find_first_not_of('-') == std::string_view::npos;
}

struct Problem {
  std::string text;  // empty: none
  std::size_t offset = 0;
};

Problem check_segment(std::string_view segment, std::size_t start) {
  if (segment.empty()) return {"has an empty part", start};
  std::size_t i = 0;
  while (i < segment.size()) {
    const char c = segment[i];
    if (is_name_character(c)) {
      ++i;
      continue;
    }
    if (is_upper(c)) return {"has an upper-case letter", start + i};
    if (!is_separator(c))
      return {"has the character " + base::quote(segment.substr(i, 1)), start + i};
    std::size_t end = i;
    while (end < segment.size() && is_separator(segment[end])) ++end;
    if (i == 0 || end == segment.size())
      return {"has a part that begins or ends with a separator", start + i};
    if (!is_legal_separator(segment.substr(i, end - i)))
      return {"has consecutive separators " + base::quote(segment.substr(i, end - i)), start + i};
    i = end;
  }
  return {};
}

bool is_tag_character(char c, bool first) {
  return is_lower(c) || is_upper(c) || is_digit(c) || c == '_' ||
         (!first && (c == '.' || c == '-'));
}

base::Error host_error(std::string_view host, std::string_view problem, std::size_t offset) {
  return part_error("reference.host", "host", host, problem, offset);
}

base::Result<void> check_port(std::string_view host, std::string_view port, std::size_t offset) {
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool whole = failed == std::errc() && end == port.data() + port.size();
  if (!whole || number == 0 || number > 65535 || port.size() > 5)
    return host_error(host, "has the port " + base::quote(port) + ", not a number from 1 to 65535",
                      offset);
  return {};
}

base::Result<void> check_labels(std::string_view host, std::string_view name) {
  std::size_t start = 0;
  for (;;) {
    const std::size_t dot = name.find('.', start);
    const auto label = name.substr(start, dot == std::string_view::npos ? dot : dot - start);
    if (label.empty()) return host_error(host, "has an empty part", start);
    for (std::size_t i = 0; i < label.size(); ++i) {
      const char c = label[i];
      if (!is_lower(c) && !is_upper(c) && !is_digit(c) && c != '-' && c != '_')
        return host_error(host, "has the character " + base::quote(label.substr(i, 1)), start + i);
    }
    if (label.front() == '-' || label.back() == '-')
      return host_error(host, "has a part that begins or ends with a dash", start);
    if (dot == std::string_view::npos) return {};
    start = dot + 1;
  }
}

base::Result<void> check_bracketed(std::string_view host, std::string_view address) {
  const bool legal = !address.empty() && std::ranges::all_of(address, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  });
  if (!legal || address.find(':') == std::string_view::npos)
    return host_error(host, "has brackets around an invalid IPv6 address", 0);
  return {};
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

base::Error part_error(std::string code, std::string_view part_name, std::string_view part,
                       std::string_view problem, std::size_t offset) {
  std::string message(part_name);
  message.append(" ").append(base::quote(part)).append(" ").append(problem);
  return base::Error(base::ErrorClass::usage, std::move(code), std::move(message))
      .cause("at position " + std::to_string(offset + 1) + " of " + base::quote(part));
}

base::Result<void> check_repository(std::string_view repository) {
  constexpr const char* kCode = "reference.repository";
  if (repository.empty())
    return base::Error(base::ErrorClass::usage, kCode, "the repository is missing");
  if (repository.size() > kMaxName)
    return base::Error(base::ErrorClass::usage, kCode,
                       "the repository is longer than 255 characters");
  Problem problem;
  std::size_t start = 0;
  while (problem.text.empty()) {
    const std::size_t slash = repository.find('/', start);
    problem = check_segment(
        repository.substr(start, slash == std::string_view::npos ? slash : slash - start), start);
    if (slash == std::string_view::npos) break;
    start = slash + 1;
  }
  if (problem.text.empty()) return {};
  auto error = part_error(kCode, "repository", repository, problem.text, problem.offset);
  const std::string lower = to_lower(repository);
  if (lower != repository && check_repository(lower).has_value())
    return std::move(error).fix("write " + lower);
  return error;
}

std::string similar_tag(std::string_view tag) {
  std::string valid;
  for (const char c : tag) {
    // Helm replaces the "+" of a semantic version, which tags cannot contain, by "_".
    const char replacement = c == '+' ? '_' : '-';
    const char written = is_tag_character(c, false) ? c : replacement;
    if (is_tag_character(written, valid.empty())) valid += written;
  }
  return valid.substr(0, kMaxTag);
}

base::Result<void> check_tag(std::string_view tag) {
  constexpr const char* kCode = "reference.tag";
  if (tag.empty()) return base::Error(base::ErrorClass::usage, kCode, "the tag is empty");
  const auto with_fix = [&](base::Error error) {
    const std::string similar = similar_tag(tag);
    return similar.empty() ? std::move(error) : std::move(error).fix("use the tag " + similar);
  };
  if (tag.size() > kMaxTag)
    return with_fix(
        base::Error(base::ErrorClass::usage, kCode, "the tag is longer than 128 characters"));
  for (std::size_t i = 0; i < tag.size(); ++i) {
    if (is_tag_character(tag[i], i == 0)) continue;
    const bool separator = i == 0 && (tag[i] == '.' || tag[i] == '-');
    return with_fix(part_error(kCode, "tag", tag,
                               separator ? "begins with a separator"
                                         : "has the character " + base::quote(tag.substr(i, 1)),
                               i));
  }
  return {};
}

base::Result<std::string> parse_host(std::string_view host) {
  if (host.empty())
    return base::Error(base::ErrorClass::usage, "reference.host", "the host is missing");
  if (host.size() > kMaxName) return host_error(host, "is longer than 255 characters", kMaxName);
  std::size_t colon = host.rfind(':');
  if (host.front() == '[') {
    const std::size_t bracket = host.find(']');
    if (bracket == std::string_view::npos) return host_error(host, "has no closing bracket", 0);
    BERTH_CHECK(check_bracketed(host, host.substr(1, bracket - 1)));
    if (bracket + 1 != host.size() && host[bracket + 1] != ':')
      return host_error(host, "has characters after the closing bracket", bracket + 1);
    colon = bracket + 1 == host.size() ? std::string_view::npos : bracket + 1;
  } else {
    BERTH_CHECK(check_labels(host, host.substr(0, colon)));
  }
  if (colon != std::string_view::npos)
    BERTH_CHECK(check_port(host, host.substr(colon + 1), colon + 1));
  std::string lower = to_lower(host);
  if (lower == "index.docker.io" || lower == "registry-1.docker.io")
    return std::string("docker.io");
  return lower;
}

bool reads_as_host(std::string_view segment) {
  return segment.find_first_of(".:") != std::string_view::npos || to_lower(segment) == "localhost";
}

}  // namespace berth::oci
