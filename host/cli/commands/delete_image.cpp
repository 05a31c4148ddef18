#include "app/delete_image.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/root_cause.hpp"
#include "base/escape.hpp"
#include "cli/commands/commands.hpp"
#include "cli/confirm.hpp"
#include "cli/help.hpp"
#include "cli/output.hpp"
#include "cli/shared_options.hpp"

namespace berth::cli {
namespace {

using base::Json;

void show_images(Context& context, const std::vector<app::ImageToDelete>& images) {
  for (const auto& image : images)
    context.terminal.line(
        image.tag ? fmt::format("  tag       {} ({})", image.reference, image.digest.brief())
                  : fmt::format("  manifest  {}, with all of its tags", image.reference));
}

base::Result<void> confirm_deletion(Context& context, const Arguments& arguments,
                                    const std::vector<app::ImageToDelete>& images) {
  if (arguments.has("--yes")) return {};
  context.terminal.line("to be deleted:");
  show_images(context, images);
  return confirm(context, {.question = images.size() == 1 ? "delete it?" : "delete them?",
                           .declined = "nothing was deleted",
                           .fix = "pass --yes to delete them"});
}

// The other tags that went with the manifest.
std::vector<std::string> other_tags(const app::DeletedImage& deleted) {
  std::vector<std::string> others;
  for (const auto& tag : deleted.tags)
    if (tag != deleted.image.tag) others.push_back(base::escape(tag, 130));
  return others;
}

void print_deleted(Context& context, const app::DeletedImage& deleted) {
  const auto others = other_tags(deleted);
  const char* rest = "";
  if (deleted.image.tag && deleted.manifest) rest = ", with its manifest";
  context.out << fmt::format(
      "deleted {}{}{}\n", base::escape(deleted.image.reference), rest,
      others.empty() ? "" : fmt::format("; its tags: {}", fmt::join(others, ", ")));
  if (!deleted.tags_known)
    context.events.warning("the manifest is deleted; which other tags pointed to it is not known");
}

Json deleted_json(const app::DeletedImage& deleted) {
  Json tags = Json::array();
  for (const auto& tag : deleted.tags) tags.push_back(tag);
  return Json::object({{"reference", deleted.image.reference},
                       {"digest", deleted.image.digest.str()},
                       {"manifest", deleted.manifest},
                       {"tags", deleted.tags_known ? std::move(tags) : Json()}});
}

int print_outcome(Context& context, Json deleted, const base::Error* failed,
                  const std::string& reference) {
  Json document = Json::object({{"schema", 1}, {"ok", true}});
  int status = 0;
  if (failed != nullptr) {
    const auto error = app::root_cause(context.app.cancellation, *failed);
    context.terminal.error(error, "cannot delete " + reference);
    document = failure_json(error);
    status = error.exit_status();
  }
  document.set("deleted", std::move(deleted));
  if (context.json) print_json(context, document);
  return status;
}

base::Result<int> run_delete_image(Context& context, const Arguments& arguments) {
  app::DeleteRequest request{.references = arguments.operands};
  BERTH_TRY(request.target, target_options(arguments));
  BERTH_TRY(request.network, network_options(context, arguments));
  request.force = arguments.has("--force");
  app::ImageDeletion deletion(context.app, request, context.events);
  BERTH_TRY(const auto images, deletion.find());
  BERTH_CHECK(confirm_deletion(context, arguments, images));
  Json deleted = Json::array();
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto result = deletion.remove(i);
    if (!result)
      return print_outcome(context, std::move(deleted), &result.error(), images[i].reference);
    deleted.push_back(deleted_json(*result));
    if (!context.json) print_deleted(context, *result);
  }
  return print_outcome(context, std::move(deleted), nullptr, "");
}

}  // namespace

Command delete_image_command() {
  return {.name = "delete",
          .summary = "Delete tags or manifests of a registry",
          .operands = {{.name = "REFERENCE", .repeats = true, .kind = ValueKind::reference}},
          .options = join_options(
              {{{.name = "--yes", .help = "do not ask for confirmation"},
                {.name = "--force", .help = "delete a manifest although other tags point to it"}},
               target_option_list(),
               network_option_list()}),
          .examples = {"berth delete prod/team/app:1.2-rc1",
                       "berth delete --yes prod/team/app:pr-17 prod/team/app:pr-18",
                       "berth delete --yes --force prod/team/app@sha256:0123…"},
          .sections = {reference_help(false), environment_help(), exit_status_help()},
          .run = run_delete_image};
}

}  // namespace berth::cli
