#include "push/push.hpp"

#include <fmt/format.h>

#include "oci/hasher.hpp"
#include "push/blob_transfer.hpp"
#include "push/known_layers.hpp"
#include "push/manifest_sender.hpp"
#include "push/missing_content.hpp"
#include "push/refused_manifest.hpp"
#include "push/verify.hpp"

namespace berth::push {
namespace {

using base::Error;
using base::ErrorClass;

// What the first reference points to before the push. `unknown`: the registry does not report it.
struct FirstTag {
  enum class State { up_to_date, other, unknown };
  State state = State::other;
  std::optional<oci::Digest> digest = {};  // returned by the destination, if up to date
  [[nodiscard]] bool up_to_date() const { return state == State::up_to_date; }
};

struct Published {
  image::ReadyManifest root;
  ManifestForm form;
  std::vector<std::string> references;  // that were sent and must be read back
  std::optional<Receipt> receipt;       // of the last one; std::nullopt if none was sent
};

// Registries refuse a media type with 415 (zot), 400 and MANIFEST_INVALID (GitLab, Quay, Nexus) or
// 405 and UNSUPPORTED (ECR Public), and some without an error code: sending the other form shows
// whether that was the reason. Source: containers/image, isManifestInvalidError.
bool may_accept_other_form(const Error& error) { return error.code() == "push.manifest-refused"; }

// Returns whether a push would fail with the same error, such as rejected credentials. Other errors
// of the lookup may not matter: some registries let anonymous users push but not pull.
bool is_fatal_for_push(const Error& error) {
  if (error.code() == "auth.required") return false;
  switch (error.error_class()) {
    case ErrorClass::network:
    case ErrorClass::stall:
    case ErrorClass::auth:
    case ErrorClass::plugin:
    case ErrorClass::trust:
    case ErrorClass::interrupted:
      return true;
    default:
      return false;
  }
}

Error unverified_error(const Error& refusal) {
  return Error(refusal.error_class(), "push.unverified",
               "pushed, but not verified: " + refusal.message())
      .cause(refusal.cause())
      .registry(refusal.registry())
      .fix("use credentials that are also authorized to pull, or omit --require-verification");
}

std::uint64_t& bytes_of(Report& report, Action action) {
  if (action == Action::mounted) return report.bytes_mounted;
  return action == Action::uploaded ? report.bytes_uploaded : report.bytes_reused;
}

// One push. The functions are in the order of its steps.
class Push {
 public:
  explicit Push(const PushContext& context)
      : context_(context), plan_(context.plan), sender_(context, transferred_) {}

  base::Result<Report> run() {
    if (!plan_.manifests.empty())
      BERTH_CHECK(check_expected(plan_.manifests.back(), context_.options.expected));
    context_.progress.begin(plan_);
    BERTH_TRY(const auto first, look_up_first_tag());
    BERTH_TRY(transferred_, transfer(first));
    if (context_.member != nullptr)
      context_.member->fan_out.leave_all(context_.member->destination);
    if (context_.options.cache != nullptr)
      remember_layers(context_.source.image(), plan_, transferred_.layers, *context_.options.cache);
    BERTH_TRY(const auto published, publish(transferred_, first));
    BERTH_TRY(auto verified, verify(published, first));
    return report(published, std::move(transferred_), std::move(verified));
  }

 private:
  // The registry may refuse the request: then the tag is unknown, not missing.
  base::Result<FirstTag> look_up_first_tag() {
    if (!plan_.digest || context_.options.check_all) return FirstTag();
    const auto reference = references_of(*plan_.digest).front();
    auto found = context_.destination.resolve(reference, Lookup::quick);
    if (!found && is_fatal_for_push(found.error())) return found.error().clone();
    if (!found) {
      context_.log.write(base::LogLevel::step, "tag not looked up",
                         {{"reference", reference}, {"because", found.error().message()}});
      return FirstTag{FirstTag::State::unknown};
    }
    if (!*found || !is_planned(**found)) return FirstTag();
    context_.log.write(base::LogLevel::step, "nothing changed",
                       {{"destination", context_.destination.name()}});
    return FirstTag{FirstTag::State::up_to_date, std::move(*found)};
  }

  [[nodiscard]] bool is_planned(const oci::Digest& digest) const {
    return is_digest_of(digest,
                        plan_.predicted ? plan_.predicted->bytes : plan_.manifests.back().bytes);
  }

  base::Result<TransferResult> transfer(const FirstTag& first) {
    if (first.up_to_date()) {
      BERTH_CHECK(verify_layers(context_));
      return reuse_all();
    }
    const bool one_first = first.state == FirstTag::State::unknown;
    BERTH_TRY(const auto* missing, context_.source.missing(plan_, false));
    const auto stored = context_.destination.content();
    BERTH_CHECK(require_at_destination(*missing, plan_, context_.source.image(), *stored,
                                       context_.destination.name()));
    const auto transferable = without_missing(plan_, *missing);
    return transfer_blobs(context_.with_plan(transferable), one_first);
  }

  TransferResult reuse_all() {
    TransferResult result;
    for (std::size_t i = 0; i < plan_.blobs.size(); ++i) {
      const auto& blob = plan_.blobs[i];
      result.blobs.push_back({*blob.digest, blob.size, blob.kind, Action::reused});
      if (blob.diff_id)
        result.layers.emplace(blob.diff_id->str(), CompressedBlob{*blob.digest, blob.size});
      context_.progress.done(i, result.blobs.back());
    }
    return result;
  }

  base::Result<Published> publish(const TransferResult& transferred, const FirstTag& first) {
    if (!plan_.manifests.empty()) return publish_manifests(plan_.manifests, plan_.form, first);
    const auto create = [&](ManifestForm form) {
      const auto& image = std::get<image::RawImage>(context_.source.image().contents());
      return std::vector{build_manifest(image, form, transferred.layers, plan_.encoding)};
    };
    const bool has_choice = !context_.options.fixed_form && !plan_.form_is_fixed;
    if (context_.member != nullptr && has_choice) return publish_in_common_form(create, first);
    auto form = plan_.form;
    auto manifests = create(form);
    if (context_.options.expected && !plan_.form_is_fixed) {
      auto other = create(other_form(form));
      if (is_digest_of(*context_.options.expected, other.back().bytes)) {
        form = other_form(form);
        manifests = std::move(other);
      }
    }
    auto published = publish_manifests(manifests, form, first);
    // A digest that the destination requires is that of one form only.
    const bool only_form =
        context_.options.expected || context_.options.fixed_form || plan_.form_is_fixed;
    if (published || only_form || !may_accept_other_form(published.error())) return published;
    context_.log.write(base::LogLevel::step, "manifest refused",
                       {{"media type", manifests.back().media_type}});
    form = other_form(form);
    auto retried = publish_manifests(create(form), form, first);
    return retried ? std::move(retried) : std::move(published);
  }

  // The manifest is sent by digest before any destination tags it: a registry that does not accept
  // its form changes the digest for all.
  template <typename Create>
  base::Result<Published> publish_in_common_form(const Create& create, const FirstTag& first) {
    std::optional<Error> refusal;
    const auto offer = [&](ManifestForm form) -> base::Result<bool> {
      if (first.up_to_date() && form == plan_.form) return true;
      const image::ReadyManifest manifest = create(form).back();
      if (auto expected = check_expected(manifest, context_.options.expected); !expected) {
        if (!refusal) refusal = std::move(expected).error();
        return false;
      }
      const std::string digest = manifest.digest.str();
      auto sent = put(manifest, &digest);
      if (sent) return true;
      if (!may_accept_other_form(sent.error())) return std::move(sent).error();
      if (!refusal) refusal = std::move(sent).error();
      return false;
    };
    const auto& member = *context_.member;
    BERTH_TRY(const auto form, member.fan_out.agree_on_form(member.destination, plan_.form, offer));
    if (!form) return std::move(*refusal);
    return publish_manifests(create(*form), *form, *form == plan_.form ? first : FirstTag());
  }

  // Sends children first. If the first tag is up to date, so is everything below it.
  base::Result<Published> publish_manifests(const std::vector<image::ReadyManifest>& manifests,
                                            ManifestForm form, const FirstTag& first) {
    Published published{manifests.back(), form, {}, std::nullopt};
    BERTH_CHECK(check_expected(published.root, context_.options.expected));
    if (!first.up_to_date())
      for (std::size_t i = 0; i + 1 < manifests.size(); ++i) BERTH_CHECK(put_child(manifests[i]));
    const auto references = references_of(published.root.digest);
    for (std::size_t i = first.up_to_date() ? 1 : 0; i < references.size(); ++i) {
      BERTH_TRY(published.receipt, put(published.root, &references[i]));
      published.references.push_back(references[i]);
    }
    return published;
  }

  // After a cancellation nothing is tagged.
  base::Result<Receipt> put(const image::ReadyManifest& manifest, const std::string* reference) {
    if (context_.cancellation.requested()) return context_.cancellation.error();
    auto receipt = sender_.put(manifest, reference);
    if (!receipt) return explain_refused_manifest(std::move(receipt).error(), manifest);
    return receipt;
  }

  // A child is not read back: its parent contains its digest, and the registry accepted it under
  // that digest.
  base::Result<void> put_child(const image::ReadyManifest& manifest) {
    BERTH_TRY(const auto receipt, put(manifest, nullptr));
    if (!receipt.digest || is_digest_of(*receipt.digest, manifest.bytes)) return {};
    return wrong_receipt(manifest, receipt);
  }

  [[nodiscard]] Error wrong_receipt(const image::ReadyManifest& manifest,
                                    const Receipt& receipt) const {
    return Error(ErrorClass::integrity, "push.manifest-digest",
                 context_.destination.name() + " stored a different manifest")
        .cause(fmt::format("sent {}, stored {}", manifest.digest.str(), receipt.digest->str()));
  }

  // If reading one tag is refused, it is refused for the others too.
  base::Result<ReadBack> verify(const Published& published, const FirstTag& first) {
    ReadBack last{first.digest, std::nullopt};
    for (const auto& reference : published.references) {
      BERTH_TRY(last, read_back(published.root, reference, context_));
      if (last.refusal) break;
    }
    if (!last.refusal) return last;
    BERTH_CHECK(check_receipt(published, *last.refusal));
    if (context_.options.require_verification) return unverified_error(*last.refusal);
    last.digest = published.receipt->digest;
    return last;
  }

  // Checks what is accepted if the manifest cannot be read back.
  base::Result<void> check_receipt(const Published& published, const Error& refusal) const {
    const auto& receipt = *published.receipt;
    if (receipt.digest && !is_digest_of(*receipt.digest, published.root.bytes))
      return wrong_receipt(published.root, receipt);
    if (receipt.digest || receipt.created) return {};
    return Error(ErrorClass::server, "push.unconfirmed",
                 context_.destination.name() + " did not confirm the manifest")
        .cause(
            "it responded neither with 201 nor with a digest, and the manifest cannot be read "
            "back: " +
            refusal.message())
        .registry(refusal.registry());
  }

  static Report report(const Published& published, TransferResult transferred, ReadBack verified) {
    Report report{.digest = verified.digest.value_or(published.root.digest),
                  .blobs = std::move(transferred.blobs),
                  .unverified = std::move(verified.refusal),
                  .form = published.form};
    for (const auto& blob : report.blobs) bytes_of(report, blob.action) += blob.size;
    return report;
  }

  [[nodiscard]] std::vector<std::string> references_of(const oci::Digest& digest) const {
    if (!context_.options.tags.empty()) return context_.options.tags;
    return {context_.options.expected ? context_.options.expected->str() : digest.str()};
  }

  const PushContext& context_;
  const Plan& plan_;
  TransferResult transferred_;
  ManifestSender sender_;  // adds its uploads to transferred_
};

}  // namespace

base::Result<Report> push(const PushContext& context) { return Push(context).run(); }

}  // namespace berth::push
