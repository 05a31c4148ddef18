// Reads an image that is opened as the source of a push: a layout, an archive, the Docker daemon.
#pragma once

#include <memory>
#include <string>

#include "app/image_reader.hpp"
#include "image/source.hpp"

namespace berth::app {

std::unique_ptr<ImageReader> source_reader(std::unique_ptr<image::Source> source, std::string name);

}  // namespace berth::app
