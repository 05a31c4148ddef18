#include "image/docker_daemon_source.hpp"

#include <mutex>

#include "image/docker_archive_source.hpp"
#include "image/docker_daemon.hpp"
#include "image/tar_index.hpp"

namespace berth::image {
namespace {

using base::Error;
using base::ErrorClass;

base::Result<std::unique_ptr<Source>> open_export(DockerDaemon& daemon, const std::string& id,
                                                  const SourceContext& context) {
  BERTH_TRY(auto file, daemon.export_image(id));
  auto index = TarIndex::read(std::make_shared<const platform::UniqueFd>(std::move(file)),
                              "the Docker daemon's archive");
  if (!index && index.error().error_class() == ErrorClass::usage)
    return Error(ErrorClass::server, "daemon.not-docker",
                 "the Docker daemon did not return an archive")
        .cause(index.error().cause())
        .fix("check DOCKER_HOST");
  if (!index) return std::move(index).error();
  return docker_archive_source(*index, "", context.platforms, context.log);
}

// An image whose config and layers are known from an earlier export: exported again only if a layer
// is read.
class KnownDaemonSource final : public Source {
 public:
  KnownDaemonSource(DockerDaemon daemon, std::string id, RawImage image,
                    const SourceContext& context)
      : daemon_(std::move(daemon)),
        id_(std::move(id)),
        contents_(std::move(image)),
        context_(context) {}

  [[nodiscard]] const Contents& contents() const override { return contents_; }
  // The daemon stores layers by their diff IDs.
  [[nodiscard]] bool vouches_for_layers() const override { return true; }
  base::Result<std::unique_ptr<http::BodySource>> open_blob(const oci::Descriptor&) override {
    return Error(ErrorClass::internal, "source.no-blob",
                 "an uncompressed image has no compressed blobs");
  }
  base::Result<std::unique_ptr<http::BodySource>> open_layer(std::size_t index) override {
    const std::lock_guard lock(mutex_);
    if (!exported_) {
      BERTH_TRY(auto exported, open_export(daemon_, id_, context_));
      if (!is_same_image(exported->contents())) return changed();
      exported_ = std::move(exported);
    }
    return exported_->open_layer(index);
  }

 private:
  [[nodiscard]] bool is_same_image(const Contents& contents) const {
    const auto* other = std::get_if<RawImage>(&contents);
    const auto& known = std::get<RawImage>(contents_);
    if (other == nullptr || other->config != known.config ||
        other->layers.size() != known.layers.size())
      return false;
    for (std::size_t i = 0; i < known.layers.size(); ++i)
      if (other->layers[i].compression || other->layers[i].size != known.layers[i].size)
        return false;
    return true;
  }
  [[nodiscard]] static Error changed() {
    return Error(ErrorClass::server, "daemon.changed",
                 "the docker daemon stores the image in another way than before")
        .fix("push again with --no-cache");
  }

  DockerDaemon daemon_;
  std::string id_;
  Contents contents_;
  SourceContext context_;
  std::mutex mutex_;  // guards daemon_ and exported_
  std::unique_ptr<Source> exported_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> docker_daemon_source(const std::string& name,
                                                           const SourceContext& context) {
  BERTH_TRY(auto host, find_docker_host(context));
  DockerDaemon daemon(std::move(host), context);
  BERTH_TRY(auto id, daemon.find_image(name));
  if (context.known_image && context.platforms.empty())
    if (auto known = context.known_image(id))
      return std::unique_ptr<Source>(std::make_unique<KnownDaemonSource>(
          std::move(daemon), std::move(id), std::move(*known), context));
  return open_export(daemon, id, context);
}

}  // namespace berth::image
