// The runner of every test program: doctest's, except that a filter without a match and a test case
// without an assertion are failures.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>

#include <iostream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> without_assertion;
unsigned cases_run = 0;

struct StrictListener : doctest::IReporter {
  explicit StrictListener(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& stats) override {
    cases_run = stats.numTestCasesPassingFilters;
  }
  void test_case_start(const doctest::TestCaseData& data) override { current_ = &data; }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (stats.numAssertsCurrentTest == 0) without_assertion.emplace_back(current_->m_name);
  }
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  const doctest::TestCaseData* current_ = nullptr;
};

REGISTER_LISTENER("strict", 1, StrictListener);

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // like the program
  doctest::Context context(argc, argv);
  const int status = context.run();
  if (context.shouldExit()) return status;
  for (const auto& name : without_assertion)
    std::cerr << "no assertion in test case: " << name << "\n";
  if (cases_run == 0) std::cerr << "no test case matched\n";
  return status != 0 || cases_run == 0 || !without_assertion.empty() ? 1 : 0;
}
