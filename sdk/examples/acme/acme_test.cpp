// Tests of acme.cpp without a test framework: exits with the number of failures.
#include <berth/testing.hpp>

#include <cstdio>

namespace {

int failures = 0;

void check(bool condition, const char* text, const berth::testing::Outcome& outcome) {
  if (condition) return;
  std::fprintf(stderr, "failed: %s\n%s", text, outcome.text().c_str());
  ++failures;
}

}  // namespace

int main() {
  berth::testing::Host host;
  host.uri("registry.example.com/acme");

  const auto wrong = host.prepare_image_push({"app", "1"});
  check(wrong.ok && wrong.has("acme.repository"), "a repository needs its team", wrong);

  const auto right = host.push_image({"team-app", "1"});
  check(right.ok && right.findings.empty(), "a repository with a team is pushed", right);

  return failures;
}
