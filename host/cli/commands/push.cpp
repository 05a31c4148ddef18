#include <fmt/format.h>

#include <charconv>
#include <map>

#include "app/push.hpp"
#include "cli/commands/commands.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/push_output.hpp"
#include "cli/shared_options.hpp"
#include "image/source_spec.hpp"
#include "platform/special_paths.hpp"

namespace berth::cli {
namespace {

using base::Error;
using base::ErrorClass;

constexpr const char* kCannotPush = "cannot push";
constexpr std::uint64_t kMinRate = 1024;
constexpr std::uint64_t kMaxRate = std::uint64_t{1} << 32U;  // in any unit

base::Result<unsigned> parse_jobs(const Arguments& arguments) {
  const auto text = arguments.value("--jobs");
  if (!text) return 0U;
  unsigned jobs = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), jobs);
  if (error == std::errc() && end == text->data() + text->size() && jobs >= 1 && jobs <= 64)
    return jobs;
  return Error(ErrorClass::usage, "usage.jobs",
               arguments.where("--jobs") + " requires a number from 1 to 64");
}

// "500000", "500k", "10m", "1g": k, m and g are powers of 1024, as in curl and wget.
base::Result<std::uint64_t> parse_rate(const Arguments& arguments) {
  const auto text = arguments.value("--limit-rate");
  if (!text) return std::uint64_t{0};
  std::uint64_t rate = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), rate);
  const std::string_view unit(end, static_cast<std::size_t>(text->data() + text->size() - end));
  const std::map<std::string_view, unsigned> shifts{{"", 0},   {"k", 10}, {"K", 10}, {"m", 20},
                                                    {"M", 20}, {"g", 30}, {"G", 30}};
  const auto shift = shifts.find(unit);
  if (error == std::errc() && rate > 0 && rate <= kMaxRate && shift != shifts.end()) {
    rate <<= shift->second;
    if (rate >= kMinRate) return rate;
  }
  return Error(
      ErrorClass::usage, "usage.limit-rate",
      arguments.where("--limit-rate") + " requires bytes per second, at least 1k: 500k, 10m");
}

base::Result<std::optional<push::ManifestForm>> parse_format(const Arguments& arguments) {
  const auto text = arguments.value("--format");
  if (!text) return std::optional<push::ManifestForm>();
  if (*text == "docker") return std::optional(push::ManifestForm::docker);
  if (*text == "oci") return std::optional(push::ManifestForm::oci);
  return Error(ErrorClass::usage, "usage.format",
               arguments.where("--format") + " requires docker or oci");
}

base::Result<std::optional<image::Encoding>> parse_compression(const Arguments& arguments) {
  const auto text = arguments.value("--compression");
  if (!text) return std::optional<image::Encoding>();
  if (auto encoding = image::parse_encoding(*text)) return encoding;
  return Error(ErrorClass::usage, "usage.compression",
               arguments.where("--compression") +
                   " requires gzip, gzip:small, zstd, zstd:1 to zstd:19, or keep");
}

// The only operand is a destination: the image comes from the local docker daemon.
base::Result<void> set_operands(const std::vector<std::string>& operands,
                                app::PushRequest& request) {
  request.source = operands.front();
  request.from_daemon = operands.size() == 1;
  if (request.from_daemon && image::has_transport(request.source))
    return Error(ErrorClass::usage, "usage.destination", "push requires a destination")
        .fix("berth push " + request.source + " DESTINATION");
  request.destinations = operands;
  if (!request.from_daemon) request.destinations.erase(request.destinations.begin());
  return {};
}

base::Result<app::PushRequest> push_request(Context& context, const Arguments& arguments) {
  app::PushRequest request;
  BERTH_CHECK(set_operands(arguments.operands, request));
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.platforms, platform_options(arguments));
  BERTH_TRY(request.jobs, parse_jobs(arguments));
  BERTH_TRY(request.format, parse_format(arguments));
  BERTH_TRY(request.compression, parse_compression(arguments));
  BERTH_TRY(request.limit_rate, parse_rate(arguments));
  request.tags = arguments.values("--tag");
  for (const auto& tag : request.tags) BERTH_CHECK(oci::check_tag(tag));
  request.all_tags = arguments.has("--all-tags");
  if (request.all_tags && (request.from_daemon || !request.tags.empty()))
    return Error(ErrorClass::usage, "usage.all-tags",
                 request.from_daemon ? "--all-tags requires an archive or an OCI layout"
                                     : "--all-tags cannot be combined with --tag");
  request.digest_file = arguments.value("--digest-file");
  request.use_cache = !arguments.has("--no-cache");
  request.no_clobber = arguments.has("--no-clobber");
  request.require_verification = arguments.has("--require-verification");
  BERTH_TRY(request.network, network_options(context, arguments));
  return request;
}

base::Result<int> run_push(Context& context, const Arguments& arguments) {
  BERTH_TRY(auto request, push_request(context, arguments));
  const bool dry = arguments.has("--dry-run");
  const bool digests =
      !dry && request.digest_file && platform::is_standard_output(*request.digest_file);
  if (digests && context.json)
    return Error(ErrorClass::usage, "usage.digest-file",
                 "--digest-file - cannot be combined with --output json")
        .cause("standard output is one JSON document, which contains the digest");
  if (digests) request.digest_file.reset();
  TerminalPushEvents events(
      {.terminal = context.terminal,
       .quiet = context.quiet,
       .wording = {.activity = dry ? "would push to" : "pushing to", .failure = kCannotPush}});
  // An error of the result concerns all destinations.
  const std::string subject =
      request.destinations.size() > 1 ? fmt::format("{} {}", kCannotPush, request.source) : "";
  if (dry) {
    const auto planned = app::dry_run(context.app, request, events);
    return planned ? print_plans(context, *planned, {.list = request.all_tags})
                   : print_failure(context, planned.error(), subject);
  }
  const auto report = app::push(context.app, request, events);
  return report ? print_push(context, *report, {.digests = digests, .list = request.all_tags})
                : print_failure(context, report.error(), subject);
}

}  // namespace

Command push_command() {
  return {
      .name = "push",
      .summary = "Push an image to one or more registries",
      .operands = {{.name = "SOURCE", .required = false, .kind = ValueKind::source},
                   {.name = "DESTINATION", .repeats = true, .kind = ValueKind::destination}},
      .options = join_options(
          {{{.name = "--tag", .value = "T", .help = "additional tag", .repeats = true},
            {.name = "--all-tags",
             .help = "every image of an archive or layout, under its own tag"},
            {.name = "--platform",
             .value = "OS/ARCH",
             .help = "only this platform",
             .repeats = true,
             .kind = ValueKind::platform},
            {.name = "--dry-run", .help = "print the plan; upload nothing"},
            {.name = "--digest-file",
             .value = "FILE",
             .help = "write the digest to FILE; - is standard output",
             .kind = ValueKind::file},
            {.name = "--format",
             .value = "FORM",
             .help = "docker or oci, for manifests that berth creates",
             .values = {"docker", "oci"}},
            {.name = "--compression",
             .value = "ENCODER",
             .help = "gzip, gzip:small, zstd, zstd:LEVEL or keep",
             .values = {"gzip", "gzip:small", "zstd", "keep"}},
            {.name = "--limit-rate",
             .value = "RATE",
             .help = "bytes per second of all uploads: 500k, 10m"},
            {.name = "--jobs",
             .value = "N",
             .help = "parallel uploads",
             .environment = "BERTH_JOBS"},
            {.name = "--no-cache",
             .help = "compress and verify every layer again, and look for every blob"},
            {.name = "--no-clobber", .help = "fail if a tag exists with another digest"},
            {.name = "--require-verification", .help = "fail if the image cannot be read back"}},
           target_option_list(),
           network_option_list()}),
      .examples = {"berth push oci:build:1.2 prod/team/app:1.2",
                   "berth push docker-archive:app.tar localhost:5000/app:1",
                   "docker save app:1 | berth push docker-archive:- registry.example/acme/app:1"},
      .sections = {source_help(true), destination_help(), environment_help(), exit_status_help()},
      .run = run_push};
}

}  // namespace berth::cli
